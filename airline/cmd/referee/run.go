package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/tau2/referee"
)

// A run is cases in a world of their own.
type run struct {
	name   string
	lives  func() int64 // of its worker
	cases  func(*world) iter.Seq[*referee.Case]
	card   referee.Card
	points points
	took   time.Duration
}

var runNames = []string{"plain", "kills", "steps"}

// newRuns are all there can be of the cases.
func newRuns(cases []*referee.Case, every int) []*run {
	all := func(*world) iter.Seq[*referee.Case] { return slices.Values(cases) }
	runs := []*run{
		{name: "plain", lives: forGood, cases: all},
		{name: "kills", lives: about(every), cases: all},
	}
	if some := telling(cases); len(some) > 0 {
		each := func(w *world) iter.Seq[*referee.Case] { return w.atEachStep(some) }
		runs = append(runs, &run{name: "steps", lives: forGood, cases: each})
	}
	return runs
}

func (r *run) play(ctx context.Context, initial referee.Rows, out io.Writer) (err error) {
	began := time.Now()
	w, err := newWorld(ctx, r.lives)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	r.card = referee.Card{}
	err = referee.Run(ctx, w, initial, r.cases(w), func(v referee.Verdict) {
		r.card.Add(v)
		v.Print(out)
	})
	r.points, r.took = w.worker.points, time.Since(began)
	return err
}

func (r *run) figures() string {
	kills := ""
	if len(r.points) > 0 {
		kills = fmt.Sprintf(" (%v)", r.points)
	}
	return fmt.Sprintf("%s%s, %.0f s: %v", r.name, kills, r.took.Seconds(), r.card)
}

// telling are single calls that change much: of each tool, the first of those that change most rows.
func telling(cases []*referee.Case) (some []*referee.Case) {
	for _, tool := range commands {
		var best *referee.Case
		for _, c := range cases {
			if c.Suite == referee.Calls && !c.Quirk && c.Calls[0].Name == tool && (best == nil || changes(c) > changes(best)) {
				best = c
			}
		}
		if best != nil {
			some = append(some, best)
		}
	}
	return some
}

func changes(c *referee.Case) int { return len(c.Calls[0].Changed) }

// atEachStep yields each case again and again: the worker dies at the first step of its call, at the second, and so on,
// until it has no more.
func (w *world) atEachStep(cases []*referee.Case) iter.Seq[*referee.Case] {
	return func(yield func(*referee.Case) bool) {
		for _, c := range cases {
			for before := -1; before < w.worker.points.all(); {
				before = w.worker.points.all()
				w.doom++
				if !yield(c) {
					return
				}
			}
			w.doom = 0
		}
	}
}
