package main

import (
	"context"
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// An event is a record of the day, and what the ledger can expect once it is sent.
type event struct {
	topology.Record
	key   string
	level int64
}

// A replay sends a day in the order of its times. Its clock waits while more than most things are open: else, with a
// model that takes seconds and a day that takes minutes, every alternative would leave before anyone is on it.
type replay struct {
	client *processors.Client
	ledger *ledger
	board  *board
	clock  *dayClock
	most   int       // open at once
	pause  time.Time // where the day stands still; zero: nowhere
	paused func()    // is told
}

// batch is how many events are sent together before the day begins.
const batch = 500

// step is how much of the day is sent at once.
const step = time.Minute

// setUp sends what is known before the day begins.
func (r replay) setUp(ctx context.Context, events []event) error {
	for len(events) > 0 {
		n := min(batch, len(events))
		if err := r.send(ctx, max(r.most, 2*batch), events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return r.ledger.atMost(ctx, 0)
}

// run sends the day, in steps. It ends when nobody talks any more.
func (r replay) run(ctx context.Context, events []event) error {
	if len(events) == 0 {
		return nil
	}
	first, last := events[0].Time, events[len(events)-1].Time
	for sent := 0; sent < len(events); {
		now := events[sent].Time
		if r.isPast(now) {
			return r.stand(ctx)
		}
		n := sent
		for n < len(events) && events[n].Time.Before(now.Add(step)) && !r.isPast(events[n].Time) {
			n++
		}
		if err := r.clock.reach(ctx, now); err != nil {
			return err
		}
		if err := r.send(ctx, r.most, events[sent:n]); err != nil {
			return err
		}
		sent = n
		r.board.at(now, float64(now.Sub(first)+1)/float64(last.Sub(first)+1))
	}
	return r.clock.silent(ctx)
}

func (r replay) isPast(t time.Time) bool { return !r.pause.IsZero() && t.After(r.pause) }

// stand waits for what is open, and then until it is interrupted.
func (r replay) stand(ctx context.Context) error {
	if err := r.ledger.atMost(ctx, 0); err != nil {
		return err
	}
	r.paused()
	<-ctx.Done()
	return ctx.Err()
}

func (r replay) send(ctx context.Context, most int, events []event) error {
	if err := r.ledger.atMost(ctx, most); err != nil {
		return fmt.Errorf("at %s of the day: %w", events[0].Time.Format("15:04"), err)
	}
	records := make([]topology.Record, len(events))
	for i, e := range events {
		records[i] = e.Record
		if e.key != "" {
			r.ledger.want(e.key, e.level)
		}
	}
	return r.client.Send(ctx, records...)
}
