package concierge

import (
	"context"
	"slices"

	"github.com/slipstream-go/slipstream/airline/lookup"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// live gives access to the airline's tables as this worker's copies have them now, and to the rules in force.
type live struct {
	lookup.Tables
	ctx context.Context
}

func liveTables(ctx context.Context) live { return live{lookup.Live(ctx), ctx} }

// reads names the tables that live reads.
var reads = append(slices.Clip(lookup.Reads), vocab.RuleBook)

// rules returns the rules in force.
func (l live) rules() (vocab.Rules, error) {
	r, err := topology.Get(l.ctx, vocab.RuleBook, vocab.RulesKey)
	if err == nil && r.Version == 0 {
		r = vocab.DefaultRules
	}
	return r, err
}
