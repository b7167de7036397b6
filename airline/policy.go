package airline

import (
	"context"
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// Policy decides every case by rules alone: the earliest arrival, else the own flight, else the money. It reads no notes.
var Policy topology.Operator[Case, Decision] = byRules{}

type byRules struct{}

func (byRules) Decide(_ context.Context, c Case) (Decision, map[string]string, error) {
	return c.decide(c.Reading), map[string]string{"decidedby": "policy"}, nil
}
func (byRules) Check(c Case, d Decision) error           { return c.Facts.allows(Choice{d.Outcome, d.Trip}) }
func (byRules) GiveUp(c Case, _ error) (Decision, error) { return c.decide(nil), nil }

// decide is what code makes of a case, and of a reading if there is one.
func (c Case) decide(r *Reading) Decision {
	d := c.decision()
	var reading Reading
	if r != nil {
		d.Reading, d.Reason, reading = r, r.Reason, *r
	}
	choice := Pick(c.Facts, reading)
	d.Outcome, d.Trip = choice.Outcome, choice.Trip
	if d.Reason == "" {
		d.Reason = choice.why(c.Facts)
	}
	return d
}

func (c Choice) why(f Facts) string {
	switch c.Outcome {
	case Rebooked:
		return fmt.Sprintf("the earliest way there, of %d", len(f.trips()))
	case Kept:
		return "no other flight gains enough"
	case Refunded:
		return "no flight is left today"
	}
	return "nothing that the rules allow"
}

// Agent lets a model read the notes; which flight that means is code's part, and so is whatever needs no reading: a case
// without a note, with one that has been read before, or with nothing to choose. Where the model fails the policy
// decides, but what a gold member wrote is then read by a person.
func Agent(m llm.Model) topology.Operator[Case, Decision] {
	return &reader{model: llm.Operator[Case, Reading]{Model: m, Instructions: instructions, Prompt: Case.prompt,
		Choices: Case.choices, Complete: Case.complete, MaxTokens: 100,
		Validate: func(_ Case, r Reading) error { return r.Valid() }}}
}

type reader struct {
	model llm.Operator[Case, Reading]
	read  readings
}

func (a *reader) Decide(ctx context.Context, c Case) (Decision, map[string]string, error) {
	if !c.needsReading() {
		return Policy.Decide(ctx, c)
	}
	if r, ok := a.read.of(c); ok {
		return c.decide(&r.Reading), r.provenance, nil
	}
	reading, provenance, err := a.model.Decide(ctx, c)
	if err != nil {
		return Decision{}, provenance, err
	}
	a.read.keep(c, madeReading{reading, provenance})
	return c.decide(&reading), provenance, nil
}

func (a *reader) Check(c Case, d Decision) error { return Policy.Check(c, d) }

func (a *reader) GiveUp(c Case, cause error) (Decision, error) {
	if c.Membership == "gold" && c.needsReading() {
		return Decision{}, fmt.Errorf("nobody has read a gold member's note: %w", cause)
	}
	return Policy.GiveUp(c, cause)
}

func (c Case) needsReading() bool {
	choices := len(c.Facts.trips())
	if c.Facts.Refund {
		choices++
	}
	return c.Reading == nil && strings.TrimSpace(c.Note) != "" && choices > 1
}

// complete adds the time that a reading left out, if the note names only one.
func (c Case) complete(r Reading) Reading {
	if times := timesIn(c.Note); r.Wish.timed() && r.Time == "" && len(times) == 1 {
		r.Time = times[0]
	}
	return r
}

// choices are what a note can mean: without a time in it, none that needs one.
func (c Case) choices() map[string][]string {
	times := timesIn(c.Note)
	var wishes []string
	for _, w := range Wishes {
		if !w.timed() || len(times) > 0 {
			wishes = append(wishes, string(w))
		}
	}
	return map[string][]string{"wish": wishes, "time": append([]string{""}, times...)}
}
