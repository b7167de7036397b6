package topology

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// A decide is Operator.Decide with its types erased.
type decide = func(context.Context, any) (any, map[string]string, error)

// erased returns the Decide of an operator.
func erased[V, W any](op Operator[V, W]) decide {
	return func(ctx context.Context, v any) (any, map[string]string, error) {
		return op.Decide(ctx, value[V](v))
	}
}

// candidatesOf returns the candidates of an operator, and reports what is wrong with them.
func candidatesOf[V, W any](t *Topology, name string, op Operator[V, W], onRecord bool) map[string]decide {
	with, ok := op.(interface {
		Candidates() map[string]Operator[V, W]
	})
	if !ok || isNil(op) {
		return nil
	}

	all := map[string]decide{}
	candidates := with.Candidates()
	for _, candidate := range slices.Sorted(maps.Keys(candidates)) {
		if !legal.MatchString(candidate) || len(candidate) > 200 {
			t.Report(fmt.Errorf("async %q: candidate %q: a name has at most 200 letters, digits, dots, "+
				"dashes and underscores", name, candidate))
		}
		t.reportOperator(name, candidates[candidate])
		all[candidate] = erased(candidates[candidate])
	}

	if len(all) > 0 && !onRecord {
		t.Report(fmt.Errorf("async %q has candidates, and nothing would tell how they do: set Policy.Record",
			name))
	}

	return all
}
