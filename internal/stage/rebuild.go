package stage

import (
	"errors"
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/journal"
)

// Rebuild returns the operator of a decision on record, and the case that it was asked: the steps of the plan
// build it from rows as they were, which are that of the event's own key, and copies. Rebuild changes
// nothing.
func Rebuild(
	p *plan.Plan, rec journal.Record, own *Row, copies Copies,
) (op *plan.Node, asked any, err error) {
	s, op := stageOf(p, rec.Operator)
	if op == nil {
		return nil, nil, fmt.Errorf("topology %s has no operator %s", p.Name, rec.Operator)
	}

	m := New(p, s, Options{})
	m.strict = false // the row is not written again, so a field of a former version is not lost
	r := m.start(rec.Key, own, copies)
	e := rec.Event
	r.op, r.head = op, &Request{
		ID:        rec.ID,
		Op:        op.Name,
		Topic:     e.Topic,
		Partition: e.Partition,
		Offset:    e.Offset,
		EventID:   e.ID,
		Time:      e.Time,
		Headers:   e.Headers,
		Event:     e.Value,
	}

	var q *question

	err = r.guard(func() (err error) {
		q, err = r.rebuild()
		return err
	})
	if err != nil {
		return nil, nil, err
	}

	if q == nil {
		return nil, nil, errors.New("the steps before the operator drop this case")
	}

	return op, q.value, nil
}

// TableOf returns the table of the stage in which an operator runs; "" if it has none, or there is no such
// operator.
func TableOf(p *plan.Plan, operator string) string {
	if s, _ := stageOf(p, operator); s != nil {
		return s.Table
	}
	return ""
}

func stageOf(p *plan.Plan, operator string) (*plan.Stage, *plan.Node) {
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if n.Kind != plan.KindAsync || n.Name != operator {
			continue
		}

		for j := range p.Stages {
			if slices.Contains(p.Stages[j].Nodes, n.ID) {
				return &p.Stages[j], n
			}
		}
	}

	return nil, nil
}
