package topology

import (
	"fmt"
	"reflect"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// require reports a function that is nil: it would panic at the first event.
func (s Stream[K, V]) require(step string, isThere bool) {
	if !isThere {
		s.t.Report(fmt.Errorf("%s below %s: its function is nil", step, s.t.namedAbove(s.id)))
	}
}

// namedAbove names a step, or else the nearest one above it that has a name.
func (t *Topology) namedAbove(id int) string {
	n := &t.nodes[id]
	for n.Name == "" && len(n.From) > 0 {
		n = &t.nodes[n.From[0]]
	}
	return fmt.Sprintf("%s %q", n.Kind, n.Name)
}

// isNil reports whether an operator is nil, or a nil function or pointer.
func isNil(op any) bool {
	if op == nil {
		return true
	}

	switch v := reflect.ValueOf(op); v.Kind() {
	case reflect.Func, reflect.Pointer, reflect.Map:
		return v.IsNil()
	}

	return false
}

// reportOperator reports what is known against an operator before it is asked anything.
func (t *Topology) reportOperator(name string, op any) {
	if isNil(op) {
		t.Report(fmt.Errorf("async %q: the operator is nil", name))
		return
	}

	if d, ok := op.(interface{ Declared() error }); ok {
		if err := d.Declared(); err != nil {
			t.Report(fmt.Errorf("async %q: %w", name, err))
		}
	}
}

// checkEncoding checks that what is kept as JSON can be encoded: rows, the values of topics without a codec
// of their own, and the events that wait.
func (t *Topology) checkEncoding(p *plan.Plan) (errs []error) {
	checked := map[string]bool{}
	check := func(what string, typ plan.Type) {
		if err := plan.Encodable(typ.Value); err != nil && !checked[what] {
			errs = append(errs, fmt.Errorf("%s has no JSON for a %s: %w", what, typ.Value, err))
		}
		checked[what] = true
	}

	for i := range p.Topics {
		if _, isJSON := p.Topics[i].Codec.(plan.JSON); isJSON {
			check(fmt.Sprintf("topic %q", p.Topics[i].Name), p.Topics[i].Type)
		}
	}

	for i := range p.Nodes {
		n := &p.Nodes[i]
		switch n.Kind {
		case plan.KindFold, plan.KindApply:
			check(fmt.Sprintf("table %q", n.Name), *n.Row)
		case plan.KindAsync:
			if anchor := &p.Nodes[n.Async.Anchor]; anchor.Kind != plan.KindFrom {
				const what = "async %q, whose events wait as they leave %s,"
				check(fmt.Sprintf(what, n.Name, t.namedAbove(anchor.ID)), anchor.Value)
			}
		}
	}

	return errs
}
