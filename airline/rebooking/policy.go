package rebooking

import (
	"context"
	"fmt"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// Policy decides every case by rules alone: the earliest arrival, else the own flight, else the money. It reads no notes.
var Policy topology.Operator[Case, vocab.Decision] = byRules{}

type byRules struct{}

func (byRules) Decide(_ context.Context, c Case) (vocab.Decision, topology.Provenance, error) {
	return c.decide(c.Reading), map[string]string{"decidedby": "policy"}, nil
}

func (byRules) Check(_ context.Context, c Case, d vocab.Decision) error {
	return options(c.Facts).allows(Choice{d.Outcome, d.Trip})
}

func (byRules) GiveUp(c Case, _ error) (vocab.Decision, error) { return c.decide(nil), nil }

// decide is what code makes of a case, and of a reading if there is one.
func (c Case) decide(r *vocab.Reading) vocab.Decision {
	d := c.decision()
	var reading vocab.Reading
	if r != nil {
		d.Reading, d.Reason, reading = r, r.Reason, *r
	}
	choice := Choose(c.Facts, reading)
	d.Outcome, d.Trip = choice.Outcome, choice.Trip
	if d.Reason == "" {
		d.Reason = choice.reason(c.Facts)
	}
	return d
}

func (c Choice) reason(f vocab.Facts) string {
	switch c.Outcome {
	case vocab.Rebooked:
		return fmt.Sprintf("the earliest way there, of %d", len(options(f).trips()))
	case vocab.Kept:
		return "no other flight gains enough"
	case vocab.Refunded:
		return "no flight is left today"
	}
	return "nothing that the rules allow"
}
