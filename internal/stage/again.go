package stage

import (
	"errors"
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/journal"
)

// Again rebuilds what an operator was asked, by the steps of the plan, from rows as they were: the row of the event's own
// key, and copies. It changes nothing.
func Again(p *plan.Plan, rec journal.Record, own *Row, copies Copies) (op *plan.Node, asked any, err error) {
	s, op := stageOf(p, rec.Operator)
	if op == nil {
		return nil, nil, fmt.Errorf("topology %s has no operator %s", p.Name, rec.Operator)
	}
	r := New(p, s, Options{}).start(rec.Key, own, copies)
	e := rec.Event
	var c *question
	err = r.guard(func() (err error) {
		c, err = r.rebuild(&Request{ID: rec.ID, Op: op.Name, Topic: e.Topic, Partition: e.Partition, Offset: e.Offset, EventID: e.ID, Time: e.Time, Headers: e.Headers, Event: e.Value})
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if c == nil {
		return nil, nil, errors.New("the steps before the operator drop this case")
	}
	return op, c.value, nil
}

// Table is the table of the stage in which an operator runs; "" if it has none, or there is no such operator.
func Table(p *plan.Plan, operator string) string {
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
