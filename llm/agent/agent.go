package agent

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// Topics of an agent, all under the conversation's key. Each defaults to its name in lower case.
type Topics[K ~string] struct {
	Messages  topology.Topic[K, Message]  // in
	Results   topology.Topic[K, Result]   // in: of the commands
	Replies   topology.Topic[K, Reply]    // out
	Commands  topology.Topic[K, Command]  // out
	Handovers topology.Topic[K, Handover] // out
	Steps     topology.Topic[K, Step]     // out: each decision of the model, with its provenance
	Turns     topology.Topic[K, Turn]     // the agent's own: the next step to ask for
}

func (t Topics[K]) withDefaults() Topics[K] {
	t.Messages = cmp.Or(t.Messages, "messages")
	t.Results = cmp.Or(t.Results, "results")
	t.Replies = cmp.Or(t.Replies, "replies")
	t.Commands = cmp.Or(t.Commands, "commands")
	t.Handovers = cmp.Or(t.Handovers, "handovers")
	t.Steps = cmp.Or(t.Steps, "steps")
	t.Turns = cmp.Or(t.Turns, "turns")
	return t
}

// An Agent answers the messages to each key of a table. All functions must be pure, except for the tables
// that they read through ctx: they may run again, on other goroutines. Name, Table, Talk and Model are
// required.
type Agent[K ~string, R any] struct {
	// Name lasts: steps that are being asked for are kept under it.
	Name string
	// Table has the rows, and Talk is where in a row its conversation is.
	Table  topology.Table[K, R]
	Talk   func(*R) *Conversation
	Topics Topics[K]

	// Model answers. It calls tools, by itself or by llm.ToolsBySchema.
	Model llm.Model
	// Instructions are the same for all steps and come first, so that the server keeps them evaluated.
	Instructions string
	// Version of the prompt, for the provenance. Defaults to a hash of Instructions.
	Version string

	// Facts are what code can compute about the case, as of now. They come with the message. Defaults to
	// none.
	Facts func(context.Context, Case[K, R]) (string, error)
	// Tools may be called now. Defaults to none. Every agent also has remember, which keeps a fact about
	// the customer, transfer_to_human_agents and, once it has written unasked, stop_unasked_messages.
	Tools func(Case[K, R]) []Tool
	// Reads are the tables that Facts, Tools and Check look into.
	Reads []topology.Readable

	// Check returns why a step does not hold, such as a reply that names what is not so. It runs when the
	// model has answered, which may then answer once more, and again when the step settles. Defaults to
	// nil: every step holds.
	Check func(context.Context, Case[K, R], Step) error
	// Changed reports whether the row has changed so much since the step was asked that it must be asked
	// again. Defaults to never. Proposals need no Changed, because their terms are computed again.
	Changed func(asked, now R) bool
	// Forget erases from a row what belongs to the conversation beside Talk. Defaults to nothing.
	Forget func(R) R

	Bounds Bounds
	// Record has the steps go on record, see topology.Policy. Defaults to false.
	Record bool
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

// Declare adds the agent to a topology. What is missing in the Agent is an error of the topology.
func (a Agent[K, R]) Declare(t *topology.Topology) {
	if a.Name == "" || a.Table == "" || a.Talk == nil || a.Model == nil {
		t.Report(fmt.Errorf("agent %q: Name, Table, Talk and Model must be set", a.Name))
	}
	a.Bounds = a.Bounds.withDefaults()
	a.Topics = a.Topics.withDefaults()

	topology.Configure(t, a.Topics.Messages, topology.TopicConfig[Message]{
		Time: func(m Message) time.Time { return m.Time },
	})
	steps, failed := topology.Async(a.cases(t), a.Name, operator[K, R]{a}, topology.Policy[Case[K, R]]{
		InFlight: a.Bounds.InFlight,
		Timeout:  a.Bounds.Step,
		Reads:    a.Reads,
		Changed:  a.changed,
		Record:   a.Record,
	})
	steps.To(a.Topics.Steps)

	messages := topology.Events(topology.From(t, a.Topics.Messages).Check(Message.Valid))
	results := topology.Events(topology.From(t, a.Topics.Results))
	effects := topology.Merge(
		topology.Apply(a.Table, messages, a.onMessage),
		topology.Apply(a.Table, topology.Events(steps), a.onStep),
		topology.Apply(a.Table, failed, a.onFailure),
		topology.Apply(a.Table, results, a.onResult),
	)

	topology.FilterMap(effects, func(e effect) *Turn { return e.Turn }).To(a.Topics.Turns)
	topology.FilterMap(effects, func(e effect) *Reply { return e.Reply }).To(a.Topics.Replies)
	topology.FilterMap(effects, func(e effect) *Command { return e.Command }).To(a.Topics.Commands)
	topology.FilterMap(effects, func(e effect) *Handover { return e.Handover }).To(a.Topics.Handovers)
}

// cases are the steps that are asked for and still wanted, with their rows as they are now.
func (a Agent[K, R]) cases(t *topology.Topology) topology.Stream[K, Case[K, R]] {
	asked := topology.Events(topology.From(t, a.Topics.Turns))
	return topology.Join(asked, a.Table, func(e topology.Event[K, Turn], row R) Case[K, R] {
		return Case[K, R]{e.Key, row, e.Value, *a.Talk(&row)}
	}).Filter(Case[K, R].isWanted)
}

func (c Case[K, R]) isWanted() bool {
	w := c.talk.Work
	return w != nil && w.Turn == c.Turn.Turn && w.Step == c.Turn.Step && w.Sent == nil
}

func (a Agent[K, R]) changed(asked, now Case[K, R]) bool {
	return a.Changed != nil && a.Changed(asked.Row, now.Row)
}

func (a Agent[K, R]) onMessage(row R, e topology.Event[K, Message]) (R, []effect) {
	m := e.Value
	m.ID = cmp.Or(m.ID, e.ID)
	if m.Time.IsZero() || m.Time.After(e.Time) { // the clock that it comes from is wrong
		m.Time = e.Time
	}

	if m.Kind == Forget && a.Forget != nil {
		row = a.Forget(row)
	}

	return a.apply(row, e.Key, func(t *transition) { t.receive(m) })
}

func (a Agent[K, R]) onStep(row R, e topology.Event[K, Step]) (R, []effect) {
	return a.apply(row, e.Key, func(t *transition) { t.takeStep(e.Value) })
}

func (a Agent[K, R]) onResult(row R, e topology.Event[K, Result]) (R, []effect) {
	return a.apply(row, e.Key, func(t *transition) { t.takeResult(e.Value) })
}

func (a Agent[K, R]) onFailure(row R, f topology.Failure[Case[K, R]]) (R, []effect) {
	turn := f.Case.Turn
	return a.apply(row, f.Case.Key, func(t *transition) { t.failStep(turn.Turn, turn.Step, f.Cause) })
}

// apply makes one transition of the conversation in a row.
func (a Agent[K, R]) apply(row R, key K, do func(*transition)) (R, []effect) {
	talk := a.Talk(&row)
	t := &transition{Conversation: *talk, name: a.Name, key: string(key), bounds: a.Bounds}
	do(t)
	*talk = t.Conversation
	return row, t.effects
}
