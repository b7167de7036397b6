package concierge

import (
	"context"
	"slices"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/topology"
)

// live are the airline's tables, as this worker's copies have them now, with the rules in force.
type live struct {
	airline.Tables
	ctx context.Context
}

func liveIn(ctx context.Context) live { return live{airline.Live(ctx), ctx} }

// reads are the tables that live looks into.
var reads = append(slices.Clip(airline.Reads), airline.RuleBook)

// rules are those in force.
func (l live) rules() (airline.Rules, error) {
	r, err := topology.Get(l.ctx, airline.RuleBook, airline.RulesKey)
	if err == nil && r.Version == 0 {
		r = airline.DefaultRules
	}
	return r, err
}
