package concierge

import (
	"context"
	"slices"

	"github.com/slipstream-go/slipstream/airline/lookup"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// live are the airline's tables, as this worker's copies have them now, with the rules in force.
type live struct {
	lookup.Tables
	ctx context.Context
}

func liveIn(ctx context.Context) live { return live{lookup.Live(ctx), ctx} }

// reads are the tables that live looks into.
var reads = append(slices.Clip(lookup.Reads), vocab.RuleBook)

// rules are those in force.
func (l live) rules() (vocab.Rules, error) {
	r, err := topology.Get(l.ctx, vocab.RuleBook, vocab.RulesKey)
	if err == nil && r.Version == 0 {
		r = vocab.DefaultRules
	}
	return r, err
}
