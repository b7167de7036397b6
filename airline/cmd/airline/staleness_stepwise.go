package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// A stepwise runs a topology in this process, one event after the other: the next one is taken when all that the last one
// caused has settled, and a copy of a table is never behind. The same events give the same day, to the byte. It keeps
// all rows and belongs to one goroutine.
type stepwise struct {
	plan    *plan.Plan
	stages  []*stepwiseStage
	ends    map[string]int64 // the next offset of each topic
	records []stage.Message  // to be delivered, oldest first
	answers []stepwiseAnswer // to be settled, likewise
	each    func(topology.Record) error
}

type stepwiseStage struct {
	*plan.Stage
	machine *stage.Machine
	rows    map[string]*stage.Row
	calls   *stage.Calls
	answer  chan stage.Answer // of the call that was made last
}

type stepwiseAnswer struct {
	s *stepwiseStage
	stage.Answer
}

// newStepwise starts a topology, whose operators are asked until ctx ends. each sees every record of each topic and
// changelog.
func newStepwise(ctx context.Context, p *plan.Plan, each func(topology.Record) error) *stepwise {
	w := &stepwise{plan: p, ends: map[string]int64{}, each: each}
	for i := range p.Stages {
		s := &stepwiseStage{Stage: &p.Stages[i], rows: map[string]*stage.Row{}, answer: make(chan stage.Answer, 1)}
		s.machine = stage.New(p, s.Stage, stage.Options{})
		s.calls = stage.NewCalls(ctx, p, s.Stage, w, func(context.Context) error { return nil }, func(a stage.Answer) { s.answer <- a })
		w.stages = append(w.stages, s)
	}
	return w
}

// send takes in a record, and returns when all that it causes has settled.
func (w *stepwise) send(ctx context.Context, r topology.Record) error {
	if err := w.log(stage.Message{Topic: r.Topic, Key: r.Key, Value: r.Value, Time: r.Time, Headers: r.Headers}); err != nil {
		return err
	}
	for len(w.records)+len(w.answers) > 0 {
		if err := w.step(ctx); err != nil {
			return fmt.Errorf("%s %s: %w", r.Topic, r.Key, err)
		}
	}
	return nil
}

// step delivers a record, or else settles an answer.
func (w *stepwise) step(ctx context.Context) error {
	if len(w.records) == 0 {
		a := w.answers[0]
		w.answers = w.answers[1:]
		e, err := a.s.machine.Settle(a.Answer, a.s.row(a.Call.Key), w)
		if err != nil {
			return err
		}
		return w.apply(ctx, a.s, a.Call.Key, e)
	}
	msg := w.records[0]
	w.records = w.records[1:]
	for _, s := range w.stages {
		if len(s.Froms(w.plan, msg.Topic)) == 0 {
			continue
		}
		e, err := s.machine.Event(msg, s.row(msg.Key), w)
		if err == nil {
			err = w.apply(ctx, s, msg.Key, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *stepwise) apply(ctx context.Context, s *stepwiseStage, key string, e stage.Effects) error {
	if e.Changed {
		s.rows[key] = e.Row
		if err := w.each(topology.Record{Topic: w.plan.Changelog(s.Stage), Key: key, Value: e.Row.Value(), Time: e.Row.Time}); err != nil {
			return err
		}
	}
	for _, o := range e.Outputs {
		m := stage.Message{Topic: o.Topic, Key: o.Key, Value: o.Value, Time: o.Time, Headers: map[string]string{}}
		for _, h := range o.Headers {
			m.Headers[h.Key] = string(h.Value)
		}
		if err := w.log(m); err != nil {
			return err
		}
	}
	for _, c := range e.Calls {
		s.calls.Make(c)
		select {
		case a := <-s.answer:
			w.answers = append(w.answers, stepwiseAnswer{s, a})
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (w *stepwise) log(m stage.Message) error {
	m.Offset = w.ends[m.Topic]
	w.ends[m.Topic]++
	w.records = append(w.records, m)
	return w.each(topology.Record{Topic: m.Topic, Key: m.Key, Value: m.Value, Time: m.Time, Headers: m.Headers, Offset: m.Offset})
}

func (s *stepwiseStage) row(key string) *stage.Row {
	if r := s.rows[key]; r != nil {
		return r
	}
	return &stage.Row{}
}

// Lookup implements stage.Copies.
func (w *stepwise) Lookup(table, key string) ([]byte, int64, error) {
	s, err := w.of(table)
	if err != nil {
		return nil, 0, err
	}
	r := s.row(key)
	return r.Bytes, r.Version, nil
}

// Scan implements stage.Copies.
func (w *stepwise) Scan(table, prefix string, f func(key string, value []byte, version int64) bool) error {
	s, err := w.of(table)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(s.rows)) {
		if r := s.rows[key]; r.Bytes != nil && strings.HasPrefix(key, prefix) && !f(key, r.Bytes, r.Version) {
			return nil
		}
	}
	return nil
}

func (w *stepwise) of(table string) (*stepwiseStage, error) {
	for _, s := range w.stages {
		if s.Table == table {
			return s, nil
		}
	}
	return nil, fmt.Errorf("there is no table %s", table)
}
