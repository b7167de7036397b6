package rebooking

import (
	"context"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// Policy decides every case by the rules alone: the earliest arrival, else the party's own flight, else the
// money. It reads no notes.
var Policy topology.Operator[Case, vocab.Decision] = byRules{}

type byRules struct{}

// Decide implements [topology.Operator].
func (byRules) Decide(_ context.Context, c Case) (vocab.Decision, topology.Provenance, error) {
	return c.decide(c.Reading), topology.Provenance{"decidedby": "policy"}, nil
}

// Check implements [topology.Operator].
func (byRules) Check(_ context.Context, c Case, d vocab.Decision) error {
	return options(c.Facts).check(Choice{d.Outcome, d.Trip})
}

// GiveUp implements [topology.Operator].
func (byRules) GiveUp(c Case, _ error) (vocab.Decision, error) { return c.decide(nil), nil }

// decide makes the decision of a case, by a reading if there is one.
func (c Case) decide(r *vocab.Reading) vocab.Decision {
	d := c.decision()
	var reading vocab.Reading
	if r != nil {
		reading = *r
		d.Reading, d.Reason = r, r.Reason
	}

	choice := Choose(c.Facts, reading)
	d.Outcome, d.Trip = choice.Outcome, choice.Trip
	if d.Reason == "" {
		d.Reason = choice.reason(c.Facts)
	}

	return d
}
