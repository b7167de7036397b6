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

// A run replays cases in a world of its own.
type run struct {
	name     string
	lifetime func() int64 // of its worker
	cases    func(*world) iter.Seq[*referee.Case]
	card     referee.Card
	deaths   deaths
	took     time.Duration
}

var runNames = []string{"plain", "kills", "steps"}

// newRuns returns all runs of the cases.
func newRuns(cases []*referee.Case, every int) []*run {
	all := func(*world) iter.Seq[*referee.Case] { return slices.Values(cases) }

	runs := []*run{
		{name: "plain", lifetime: forever, cases: all},
		{name: "kills", lifetime: steps(every), cases: all},
	}
	if some := mostChanging(cases); len(some) > 0 {
		each := func(w *world) iter.Seq[*referee.Case] { return w.atEachStep(some) }
		runs = append(runs, &run{name: "steps", lifetime: forever, cases: each})
	}

	return runs
}

func (r *run) play(ctx context.Context, initial referee.Rows, out io.Writer) (err error) {
	began := time.Now()

	w, err := newWorld(ctx, r.lifetime)
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, w.close()) }()
	r.card = referee.Card{}
	err = referee.Run(ctx, w, initial, r.cases(w), func(v referee.Verdict) {
		r.card.Add(v)
		v.Print(out)
	})
	r.deaths, r.took = w.worker.deaths, time.Since(began)

	return err
}

func (r *run) figures() string {
	kills := ""
	if len(r.deaths) > 0 {
		kills = fmt.Sprintf(" (%v)", r.deaths)
	}
	return fmt.Sprintf("%s%s, %.0f s: %v", r.name, kills, r.took.Seconds(), r.card)
}

// mostChanging returns, of each tool that writes, the first single call among those that change the most
// rows.
func mostChanging(cases []*referee.Case) (some []*referee.Case) {
	for _, tool := range commands {
		var best *referee.Case
		for _, c := range cases {
			if c.Suite != referee.Calls || c.Quirk || c.Calls[0].Name != tool {
				continue
			}

			if best == nil || changes(c) > changes(best) {
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

// atEachStep yields each case again and again: the worker dies at the first step of its call, at the second,
// and so on, until it has no more.
func (w *world) atEachStep(cases []*referee.Case) iter.Seq[*referee.Case] {
	return func(yield func(*referee.Case) bool) {
		for _, c := range cases {
			for before := -1; before < w.worker.deaths.total(); {
				before = w.worker.deaths.total()
				w.dieAt++

				if !yield(c) {
					return
				}
			}
			w.dieAt = 0
		}
	}
}
