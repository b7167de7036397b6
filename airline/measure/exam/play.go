package exam

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/concierge"
	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/handbook"
	"github.com/slipstream-go/slipstream/airline/lookup"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// A Turn is what came of a message.
type Turn struct {
	Message  string
	Calls    []llm.ToolResult // in order
	Proposal *agent.Proposal  // with which the turn ended
	Commands []vocab.Command
	Done     []vocab.Result
	Replies  []agent.Reply
	Person   string // why the conversation went to a person
	Took     time.Duration
}

// A Played is a conversation that was played, up to where a person took it over.
type Played struct {
	Talk
	Turns []Turn

	// Differs are places where the airline, once it was set up, was not as the situation says.
	Differs []string
}

// Play plays a conversation with a concierge, on the reference engine.
func (t Talk) Play(ctx context.Context, c concierge.Config) (*Played, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	topo := airline.New(unmoved{}, topology.Policy[rebooking.Case]{}, concierge.New(c))
	engine, err := topologytest.NewMemory(ctx, topo)
	if err != nil {
		return nil, err
	}

	s := stage{engine, t.Situation}
	if err := s.setUp(); err != nil {
		return nil, fmt.Errorf("%s: %w", t.ID, err)
	}

	p := &Played{Talk: t}
	if p.Differs, err = s.differs(ctx); err != nil {
		return nil, err
	}

	for i, turn := range t.Turns {
		came, err := s.say(agent.Message{
			ID:      fmt.Sprintf("%s/%d", t.ID, i+1),
			Channel: "app",
			Text:    turn.Message,
			Time:    t.Situation.Now.Add(time.Duration(i) * time.Minute),
		})
		if err = cmp.Or(ctx.Err(), err); err != nil {
			return nil, fmt.Errorf("%s: turn %d: %w", t.ID, i+1, err)
		}

		p.Turns = append(p.Turns, came)
		if came.Person != "" {
			break
		}
	}

	return p, nil
}

// unmoved leaves every disrupted party where it is: a situation is as given until the customer agrees to
// something.
type unmoved struct{}

// Decide implements [topology.Operator].
func (unmoved) Decide(_ context.Context, c rebooking.Case) (vocab.Decision, topology.Provenance, error) {
	return rebooking.Unsettled(c, "left as it is"), nil, nil
}

// Check implements [topology.Operator].
func (unmoved) Check(context.Context, rebooking.Case, vocab.Decision) error { return nil }

// GiveUp implements [topology.Operator].
func (unmoved) GiveUp(c rebooking.Case, cause error) (vocab.Decision, error) {
	return rebooking.Unsettled(c, cause.Error()), nil
}

// ByHand hands every conversation to a person: it is the concierge by rules alone, because nobody reads what
// customers write.
func ByHand() concierge.Config {
	return concierge.Config{Model: byHand{}, Handbook: new(handbook.Index(nil))}
}

type byHand struct{}

// Chat implements [llm.Model].
func (byHand) Chat(context.Context, llm.Request) (llm.Reply, error) {
	call := llm.Call{Tool: transfer, Args: json.RawMessage(`{"summary":"nobody reads by rules alone"}`)}
	return llm.Reply{Message: llm.Message{Role: llm.Assistant, Calls: []llm.Call{call}}}, nil
}

// transfer is the tool that gives a conversation to a person.
const transfer = lookup.TransferToHumanAgents

// A stage is an engine with a situation.
type stage struct {
	topologytest.Engine
	situation Situation
}

// setUp sends the events of the situation.
func (s stage) setUp() error {
	events, err := s.situation.events()
	if err != nil {
		return err
	}

	for _, e := range events {
		if err := s.produce(e); err != nil {
			return err
		}
	}

	return nil
}

func (s stage) produce(m topologytest.Message) error {
	if err := s.Engine.(topologytest.Producer).Produce(m); err != nil {
		return fmt.Errorf("%s %s: %w", m.Topic, m.Key, err)
	}
	return nil
}

// say sends a message of the customer, and returns what came of it.
func (s stage) say(m agent.Message) (t Turn, err error) {
	b, err := json.Marshal(m)
	if err != nil {
		return t, err
	}

	began := time.Now()

	key := string(s.situation.Customer.ID)
	err = s.produce(topologytest.Message{Topic: string(concierge.Messages), Key: key, Value: b, Time: m.Time})
	if err != nil {
		return t, err
	}

	t.Message, t.Took = m.Text, time.Since(began)
	for _, e := range topologytest.Sent(s.Engine, concierge.Steps) {
		t.Calls = append(t.Calls, e.Value.Calls...)
		t.Proposal = e.Value.Proposal
		t.Person = e.Value.Person
	}

	for _, e := range topologytest.Sent(s.Engine, concierge.Handovers) {
		t.Person = cmp.Or(t.Person, e.Value.Why, "handed over")
	}

	for _, e := range topologytest.Sent(s.Engine, vocab.Commands) {
		t.Commands = append(t.Commands, e.Value)
	}

	for _, e := range topologytest.Sent(s.Engine, vocab.Results) {
		t.Done = append(t.Done, e.Value)
	}

	for _, e := range topologytest.Sent(s.Engine, concierge.Replies) {
		t.Replies = append(t.Replies, e.Value)
	}

	return t, nil
}

// differs compares the status and the free seats of flights with the situation.
func (s stage) differs(ctx context.Context) (all []string, err error) {
	for _, want := range s.situation.Flights {
		f, err := state.Of(s.Engine, flights.Table).Get(ctx, want.key())
		if err != nil {
			return nil, err
		}
		all = append(all, want.differs(f)...)
	}

	return all, nil
}

func (f Flight) differs(is flights.Flight) (all []string) {
	note := func(format string, args ...any) {
		all = append(all, fmt.Sprintf("%s: %s", f.Number, fmt.Sprintf(format, args...)))
	}

	if is.Status != f.Status {
		note("is %s, not %s", is.Status, f.Status)
	}

	for _, c := range slices.Sorted(maps.Keys(f.Cabins)) {
		in := f.Cabins[c]
		if n := len(is.FreeSeats(c, "")); n != in.Free {
			note("%s has %d free seats, not %d", c, n, in.Free)
		}

		for kind, want := range map[vocab.SeatKind]*int{vocab.Window: in.Window, vocab.Aisle: in.Aisle} {
			if n := len(is.FreeSeats(c, kind)); want != nil && n != *want {
				note("%s has %d free seats of kind %s, not %d", c, n, kind, *want)
			}
		}
	}

	return all
}
