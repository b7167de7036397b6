package simulate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/airline/concierge"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
	"golang.org/x/sync/errgroup"
)

// A Replay sends a dataset in the order of its times. Its clock waits while too much is outstanding: with a
// model that takes seconds and a day that takes minutes, every alternative would otherwise have left before
// anyone is booked on it. While somebody talks to the concierge, the day passes in real time.
//
// Set the fields before Run; they must not change afterwards.
type Replay struct {
	Dataset  *Dataset
	Topology *topology.Topology // that the workers run
	Client   *processors.Client // of their brokers. The topics must exist

	MaxOutstanding int       // the clock waits while more is outstanding
	Speed          float64   // seconds of the day per second. Defaults to 0, as fast as decisions keep up
	PauseAt        time.Time // of the day: there it stands still until Run's context ends. Defaults to never

	once        sync.Once
	clock       *clock
	outstanding *outstanding
	tracker     *tracker
}

// timeSlice is how much of the day is sent at once, and batch how many records are.
const (
	timeSlice = time.Minute
	batch     = 500
)

func (r *Replay) init() {
	r.once.Do(func() {
		r.clock = newClock(r.Speed)
		r.outstanding = newOutstanding()
		r.tracker = newTracker()
	})
}

// Run sends the day, and returns when all that it has caused is finished and nobody talks any more. It may be
// called once.
func (r *Replay) Run(ctx context.Context) error {
	r.init()

	following, stop := context.WithCancel(ctx)
	defer stop()

	g, following := errgroup.WithContext(following)
	g.Go(func() error { return r.follow(following) })

	if HasConcierge(r.Topology) {
		g.Go(func() error { return r.clock.follow(following, r.Client) })
	}

	err := r.send(following)
	stop()

	failure := g.Wait()
	if errors.Is(err, context.Canceled) && ctx.Err() == nil {
		return failure // which has ended the sending
	}

	return err
}

// Progress returns how far the replay has come. It may be called by any goroutine at any time.
func (r *Replay) Progress() Progress {
	r.init()
	p := r.tracker.snapshot()
	p.Outstanding = r.outstanding.count()
	p.Talking = r.clock.isTalk()
	return p
}

// HasConcierge reports whether a topology has an agent that customers can talk to.
func HasConcierge(t *topology.Topology) bool {
	chart, err := t.Chart()
	return err == nil && slices.ContainsFunc(chart.Topics, func(t topology.ChartTopic) bool {
		return t.Name == string(concierge.Replies)
	})
}

func (r *Replay) send(ctx context.Context) error {
	if err := r.sendBefore(ctx); err != nil {
		return err
	}

	if err := r.sendDay(ctx); err != nil {
		return err
	}
	return r.outstanding.wait(ctx, 0)
}

// sendBefore sends what is known before the day begins, in no hurry and at no clock's pace.
func (r *Replay) sendBefore(ctx context.Context) error {
	for events := r.Dataset.before; len(events) > 0; {
		n := min(batch, len(events))
		if err := r.sendBatch(ctx, max(r.MaxOutstanding, 2*batch), events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return r.outstanding.wait(ctx, 0)
}

// sendDay sends the day in slices. It returns when nobody talks any more.
func (r *Replay) sendDay(ctx context.Context) error {
	events := r.Dataset.during
	for sent := 0; sent < len(events); {
		now := events[sent].Time
		if r.isPaused(now) {
			return r.pause(ctx)
		}

		end := sent
		for end < len(events) && events[end].Time.Before(now.Add(timeSlice)) &&
			!r.isPaused(events[end].Time) {
			end++
		}

		if err := r.clock.waitUntil(ctx, now); err != nil {
			return err
		}

		if err := r.sendBatch(ctx, r.MaxOutstanding, events[sent:end]); err != nil {
			return err
		}

		sent = end
		r.tracker.update(func(p *Progress) {
			p.Time = now
			p.Done = share(events[0].Time, now, events[len(events)-1].Time)
		})
	}

	return r.clock.waitForSilence(ctx)
}

// share returns how much of the time from first to last has passed, 0 to 1.
func share(first, now, last time.Time) float64 {
	return float64(now.Sub(first)+1) / float64(last.Sub(first)+1)
}

func (r *Replay) isPaused(t time.Time) bool { return !r.PauseAt.IsZero() && t.After(r.PauseAt) }

// pause waits for what is outstanding, and then until ctx ends.
func (r *Replay) pause(ctx context.Context) error {
	if err := r.outstanding.wait(ctx, 0); err != nil {
		return err
	}
	r.tracker.update(func(p *Progress) { p.Paused = true })
	<-ctx.Done()
	return ctx.Err()
}

// sendBatch sends events once at most n things are outstanding.
func (r *Replay) sendBatch(ctx context.Context, n int, events []event) error {
	if err := r.outstanding.wait(ctx, n); err != nil {
		return fmt.Errorf("at %s of the day: %w", events[0].Time.Format("15:04"), err)
	}

	records := make([]topology.Record, len(events))
	for i, e := range events {
		records[i] = e.Record
		if e.key != "" {
			r.outstanding.expect(e.key, e.level)
		}
	}

	return r.Client.Send(ctx, records...)
}
