package rebooking

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// instructions come first and are the same for all cases, so that a server evaluates them once.
//
//go:embed instructions.txt
var instructions string

// Agent has a model read the notes. Code does the rest: it chooses by the reading, and it decides every case
// that needs no reading. If the model fails, Policy decides, except for the note of a gold member, which a
// person reads.
func Agent(m llm.Model) topology.Operator[Case, vocab.Decision] {
	return &reader{model: llm.Operator[Case, vocab.Reading]{
		Model: m, Instructions: instructions, Prompt: Case.prompt, MaxTokens: 100,
		Choices: Case.choices, Complete: Case.fillTime,
		Validate: func(_ Case, r vocab.Reading) error { return r.Valid() },
	}}
}

type reader struct {
	model llm.Operator[Case, vocab.Reading]
	cache readingCache
}

// Decide implements [topology.Operator].
func (a *reader) Decide(ctx context.Context, c Case) (vocab.Decision, topology.Provenance, error) {
	if !c.needsReading() {
		return Policy.Decide(ctx, c)
	}

	if r, ok := a.cache.get(c); ok {
		return c.decide(&r.Reading), r.provenance, nil
	}

	reading, provenance, err := a.model.Decide(ctx, c)
	if err != nil {
		return vocab.Decision{}, provenance, err
	}
	a.cache.put(c, cachedReading{reading, provenance})

	return c.decide(&reading), provenance, nil
}

// Check implements [topology.Operator].
func (a *reader) Check(ctx context.Context, c Case, d vocab.Decision) error {
	return Policy.Check(ctx, c, d)
}

// Warm implements [topology.Warmer].
func (a *reader) Warm(ctx context.Context) error { return a.model.Warm(ctx) }

// Declared returns why the reader of notes can't work.
func (a *reader) Declared() error { return a.model.Declared() }

// GiveUp implements [topology.Operator].
func (a *reader) GiveUp(c Case, cause error) (vocab.Decision, error) {
	if c.Membership == "gold" && c.needsReading() {
		return vocab.Decision{}, fmt.Errorf("nobody has read a gold member's note: %w", cause)
	}
	return Policy.GiveUp(c, cause)
}

// needsReading reports whether the note is new and there is something to choose.
func (c Case) needsReading() bool {
	choices := len(options(c.Facts).trips())
	if c.Facts.Refund {
		choices++
	}
	return c.Reading == nil && strings.TrimSpace(c.Note) != "" && choices > 1
}

// prompt is the note, as data.
func (c Case) prompt() string { return "Note: " + llm.Quote(c.Note) }

// choices are what a note can mean. Without a time in it, it can't mean a wish that needs one.
func (c Case) choices() map[string][]string {
	times := noteTimes(c.Note)
	var wishes []string
	for _, w := range vocab.Wishes {
		if !w.NeedsTime() || len(times) > 0 {
			wishes = append(wishes, string(w))
		}
	}
	return map[string][]string{"wish": wishes, "time": append([]string{""}, times...)}
}

// fillTime adds the time that a reading has left out, if the note names only one.
func (c Case) fillTime(r vocab.Reading) vocab.Reading {
	if !r.Wish.NeedsTime() || r.Time != "" {
		return r
	}

	if times := noteTimes(c.Note); len(times) == 1 {
		r.Time = times[0]
	}
	return r
}
