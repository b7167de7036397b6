package customers_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/measure/audit"
	"github.com/slipstream-go/slipstream/airline/measure/score"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/simulate/customers"
	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// A storm is the whole day on the reference engine, each event settled before the next one: nobody is refused
// seats here, since nothing happens meanwhile. What comes of that is the demo's to show.
type storm struct {
	t       *testing.T
	engine  topologytest.Engine
	auditor *audit.Auditor
	pause   time.Duration // after each event
}

func newStorm(t *testing.T, agent topology.Operator[rebooking.Case, vocab.Decision]) storm {
	topo := airline.New(agent, topology.Policy[rebooking.Case]{})

	engine, err := topologytest.NewMemory(t.Context(), topo) // whether steps modify what they are given, scripts check
	if err != nil {
		t.Fatal(err)
	}
	return storm{t, engine, audit.New(), 0}
}

// rages sends the day in the order in which it becomes known, and returns what was decided.
func (s storm) rages(d *day.Day, c *customers.Population) (all []vocab.Decision) {
	rules := vocab.DefaultRules
	rules.Version = 1
	s.send(string(vocab.Policies), string(vocab.RulesKey), rules)
	events := d.Events(c.Sold)
	s.flights(events, true)

	for _, p := range c.Customers {
		for _, e := range p.Events {
			s.send(string(vocab.CustomerEvents), string(p.ID), e)
		}
	}

	s.flights(events, false)

	if s.pause > 0 {
		s.engine.Advance(2 * time.Hour) // for what still waits
	}

	for _, topic := range audit.Topics {
		for _, r := range s.engine.Sent(topic) {
			s.read(r)

			if topic == string(vocab.Decisions) {
				all = append(all, decision(s.t, r))
			}
		}
	}

	return all
}

// flights sends the schedules, which are known before all else; or else the rest.
func (s storm) flights(events []day.Event, schedules bool) {
	for _, e := range events {
		if (e.Type == vocab.FlightScheduled) != schedules {
			continue
		}
		s.send(string(vocab.FlightEvents), string(e.Flight), e.FlightEvent)
	}
}

func (s storm) send(topic, key string, v any) {
	b, err := json.Marshal(v)
	if err == nil {
		err = s.engine.Send(topic, key, b)
	}

	if err != nil {
		s.t.Fatal(err)
	}

	if s.pause > 0 {
		s.engine.Advance(s.pause)
	}
	s.read(topology.Record{Topic: topic, Key: key, Value: b})
}

func (s storm) read(r topology.Record) {
	if err := s.auditor.Read(r); err != nil {
		s.t.Error(err)
	}
}

func decision(t *testing.T, r topology.Record) (d vocab.Decision) {
	if err := json.Unmarshal(r.Value, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// sound fails the test for whatever must hold and doesn't.
func (s storm) sound() {
	for _, i := range s.auditor.Invariants() {
		if i.Violations > 0 {
			s.t.Errorf("%s: %d of %d: %q", i.Name, i.Violations, i.Checked, i.Examples)
		}
	}
}

// A thousand parties, by rules alone: every one on a disrupted flight is decided, and all that must hold
// does.
func TestStormByPolicy(t *testing.T) {
	t.Parallel()
	d := nyc(t)
	s := newStorm(t, rebooking.Policy)

	affected, outcomes := map[vocab.CustomerID]bool{}, map[vocab.Outcome]int{}
	all := s.rages(d, customers.New(d, 1000, 1))
	for _, v := range all {
		affected[v.Customer] = true
		outcomes[v.Outcome]++
	}

	s.sound()
	t.Logf("%d parties affected, %d decisions: %v", len(affected), len(all), outcomes)

	for _, o := range []vocab.Outcome{vocab.Rebooked, vocab.Kept, vocab.Refunded, vocab.Escalated} {
		if outcomes[o] == 0 {
			t.Errorf("nobody is %s", o)
		}
	}

	if len(affected) < 500 {
		t.Errorf("only %d parties are affected", len(affected))
	}
}

// A reader knows what every note means, as no model does.
type reader map[string]vocab.Reading

// Chat implements llm.Model.
func (r reader) Chat(_ context.Context, q llm.Request) (llm.Reply, error) {
	b, err := json.Marshal(r[q.Messages[len(q.Messages)-1].Text])
	return llm.Reply{Model: "reader", Message: llm.Message{Role: llm.Assistant, Text: string(b)}}, err
}

// reads returns one who knows these customers, and what the judge is told.
func reads(c *customers.Population) (reader, map[vocab.CustomerID]score.Meaning) {
	r, meanings := reader{}, map[vocab.CustomerID]score.Meaning{}
	for _, p := range c.Customers {
		m := p.Meaning
		if m == nil {
			continue
		}

		w := score.Wish{Kind: m.Wish}
		if !m.Time.IsZero() {
			w.Time = m.Time.Format("15:04")
		}

		meanings[p.ID] = score.Meaning{w}
		if m.Money {
			meanings[p.ID] = score.Meaning{w, {Kind: vocab.WishMoneyBack}}
		}
		r["Note: "+llm.Quote(m.Note)] = vocab.Reading{Reason: "as written", Wish: m.Wish, Time: w.Time}
	}

	return r, meanings
}

// Who reads rightly is judged to have honoured what can be: words, choices and judge mean the same. And on a
// quiet day, too, there are enough cases that only a reader can decide.
func TestStormByOneWhoReadsRightly(t *testing.T) {
	t.Parallel()

	storm := nyc(t)
	for name, d := range map[string]*day.Day{"storm": storm, "quiet": quiet(storm, 60)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			c := customers.New(d, customers.Parties(d, 50), 2)
			r, meanings := reads(c)
			s, judge, by := newStorm(t, rebooking.Agent(r)), score.New(meanings), map[string]int{}
			for _, v := range s.rages(d, c) {
				judge.Add(v)
				by[v.DecidedBy]++
			}
			s.sound()
			table := judge.Table()
			t.Logf("%d parties, decided by %v\n%s", len(c.Customers), by, table.Text("reader"))

			if n := by["model"]; n < 40 || n > 80 {
				t.Errorf("a reader is needed in %d cases", n)
			}

			if missed := table.Judged - table.Decided.Honoured; missed > 0 || table.Judged < 30 {
				t.Errorf("%d of %d notes that could be honoured were not", missed, table.Judged)
			}
		})
	}
}
