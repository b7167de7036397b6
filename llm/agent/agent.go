package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// Topics of an agent, all under the conversation's key. Each defaults to its name in small letters.
type Topics[K ~string] struct {
	Messages  topology.Topic[K, Message]  // in
	Results   topology.Topic[K, Result]   // in: of the commands
	Replies   topology.Topic[K, Reply]    // out
	Commands  topology.Topic[K, Command]  // out
	Handovers topology.Topic[K, Handover] // out
	Steps     topology.Topic[K, Step]     // out: each decision of the model, with its provenance
	Turns     topology.Topic[K, Turn]     // the agent's own: the next step to ask for
}

// An Agent answers the messages to each key of a table. All functions must be pure but for the tables that they read
// through ctx: they may run again, on other goroutines.
type Agent[K ~string, R any] struct {
	// Name lasts: steps that are being asked for are kept under it.
	Name string
	// Table has the rows, and Talk is where in a row its conversation is.
	Table  topology.Table[K, R]
	Talk   func(*R) *Conversation
	Topics Topics[K]

	Model llm.Model
	// Instructions are the same for all steps and come first, so that the server keeps them evaluated.
	Instructions string
	// Facts of the case, as of now, which code can compute. They come with the message. Defaults to none.
	Facts func(context.Context, Case[K, R]) (string, error)
	// Tools that may be called now. Defaults to none. To every agent belong, beside these, remember, which keeps a fact
	// about the customer, transfer_to_human_agents and, once it has written unasked, stop_unasked_messages.
	Tools func(Case[K, R]) []Tool
	// Reads are the tables that Facts, Tools and Check look into.
	Reads []topology.Readable
	// Check says why a step does not hold: a reply that names what is not so, say. It is asked when the model has
	// answered, which may then answer once more, and when the step settles. Defaults to yes.
	Check func(context.Context, Case[K, R], Step) error
	// Changed says whether the row has changed so much since the step was asked that it must be asked again.
	// Defaults to never: proposals are computed anew anyway.
	Changed func(asked, now R) bool
	// Forget erases from a row what is the conversation's beside Talk. Defaults to nothing.
	Forget func(R) R

	Bounds Bounds
	// Record has the steps go on record: see topology.Policy.
	Record  bool
	Version string // of the prompt, for the provenance. Defaults to a hash of Instructions.
}

// A Case is a step that is asked for, with its row.
type Case[K ~string, R any] struct {
	Key  K
	Row  R
	Turn Turn
	talk Conversation
}

// Message is the one that the turn answers.
func (c Case[K, R]) Message() Message { return c.talk.Work.Message }

// Talk is the conversation so far.
func (c Case[K, R]) Talk() Conversation { return c.talk }

// Declare adds the agent to a topology. Of its topics it declares what the others need not: event times.
func (a Agent[K, R]) Declare(t *topology.Topology) {
	a = a.orDefault(t)
	topology.Configure(t, a.Topics.Messages, topology.TopicConfig[Message]{Time: func(m Message) time.Time { return m.Time }})
	steps, failed := topology.Async(a.cases(t), a.Name, asker[K, R]{a}, topology.Policy[Case[K, R]]{
		InFlight: a.Bounds.InFlight, Timeout: a.Bounds.Step, Reads: a.Reads, Changed: a.changed, Record: a.Record})
	steps.To(a.Topics.Steps)

	effects := topology.Merge(
		topology.Apply(a.Table, topology.Events(topology.From(t, a.Topics.Messages).Check(Message.Valid)), a.onMessage),
		topology.Apply(a.Table, topology.Events(steps), a.onStep),
		topology.Apply(a.Table, failed, a.onFailure),
		topology.Apply(a.Table, topology.Events(topology.From(t, a.Topics.Results)), a.onResult))
	topology.FilterMap(effects, func(e effect) *Turn { return e.Turn }).To(a.Topics.Turns)
	topology.FilterMap(effects, func(e effect) *Reply { return e.Reply }).To(a.Topics.Replies)
	topology.FilterMap(effects, func(e effect) *Command { return e.Command }).To(a.Topics.Commands)
	topology.FilterMap(effects, func(e effect) *Handover { return e.Handover }).To(a.Topics.Handovers)
}

// cases are the steps asked for, with their rows as they are now, while they are still wanted.
func (a Agent[K, R]) cases(t *topology.Topology) topology.Stream[K, Case[K, R]] {
	asked := topology.Events(topology.From(t, a.Topics.Turns))
	return topology.Join(asked, a.Table, func(e topology.Event[K, Turn], row R) Case[K, R] {
		return Case[K, R]{e.Key, row, e.Value, *a.Talk(&row)}
	}).Filter(Case[K, R].wanted)
}

func (c Case[K, R]) wanted() bool {
	w := c.talk.Work
	return w != nil && w.Turn == c.Turn.Turn && w.Step == c.Turn.Step && w.Sent == nil
}

func (a Agent[K, R]) changed(asked, now Case[K, R]) bool {
	return a.Changed != nil && a.Changed(asked.Row, now.Row)
}

func (a Agent[K, R]) onMessage(row R, e topology.Event[K, Message]) (R, []effect) {
	m := e.Value
	if m.ID == "" {
		m.ID = e.ID
	}
	if m.Time.IsZero() {
		m.Time = e.Time
	}
	if m.Kind == Forget && a.Forget != nil {
		row = a.Forget(row)
	}
	return a.change(row, e.Key, func(c *change) { c.hear(m) })
}

func (a Agent[K, R]) onStep(row R, e topology.Event[K, Step]) (R, []effect) {
	return a.change(row, e.Key, func(c *change) { c.step(e.Value) })
}

func (a Agent[K, R]) onResult(row R, e topology.Event[K, Result]) (R, []effect) {
	return a.change(row, e.Key, func(c *change) { c.result(e.Value) })
}

func (a Agent[K, R]) onFailure(row R, f topology.Failure[Case[K, R]]) (R, []effect) {
	return a.change(row, f.Case.Key, func(c *change) { c.fail(f.Case.Turn.Turn, f.Case.Turn.Step, f.Cause) })
}

func (a Agent[K, R]) change(row R, key K, do func(*change)) (R, []effect) {
	talk := a.Talk(&row)
	c := &change{Conversation: *talk, name: a.Name, key: string(key), bounds: a.Bounds}
	do(c)
	*talk = c.Conversation
	return row, c.effects
}

func (a Agent[K, R]) orDefault(t *topology.Topology) Agent[K, R] {
	if a.Name == "" || a.Table == "" || a.Talk == nil || a.Model == nil {
		t.Report(fmt.Errorf("agent %q: Name, Table, Talk and Model must be set", a.Name))
	}
	a.Bounds = a.Bounds.orDefault()
	set(&a.Topics.Messages, "messages")
	set(&a.Topics.Results, "results")
	set(&a.Topics.Replies, "replies")
	set(&a.Topics.Commands, "commands")
	set(&a.Topics.Handovers, "handovers")
	set(&a.Topics.Steps, "steps")
	set(&a.Topics.Turns, "turns")
	return a
}

func set[T ~string](topic *T, name T) {
	if *topic == "" {
		*topic = name
	}
}
