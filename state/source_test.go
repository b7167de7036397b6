package state_test

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// What the tests and examples ask about.
type (
	CustomerID string
	Customer   struct {
		Tier  string `json:"tier"`
		Trips int    `json:"trips"`
	}
)

const Customers topology.Table[CustomerID, Customer] = "customers"

// worker stands for a processors.Worker: one table, of rows as JSON.
type worker struct {
	rows map[string]string
	err  error // of every answer
}

var noon = time.Date(2013, 3, 8, 12, 0, 0, 0, time.UTC)

func (w worker) Row(_ context.Context, table, key string, into any) (state.Freshness, error) {
	row, ok := w.rows[key]
	if w.err != nil || !ok {
		return state.Freshness{AsOf: noon}, w.err
	}
	f := state.Freshness{Version: int64(len(key)), AsOf: noon}
	return f, json.Unmarshal([]byte(row), into)
}

func (w worker) Keys(_ context.Context, table, prefix, after string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if w.err != nil {
			yield("", w.err)
			return
		}

		for _, k := range slices.Sorted(maps.Keys(w.rows)) {
			if strings.HasPrefix(k, prefix) && (after == "" || k > after) && !yield(k, nil) {
				return
			}
		}
	}
}

var _ state.Source = worker{}

func aWorker() worker {
	return worker{rows: map[string]string{
		"c-1":  `{"tier":"gold","trips":12}`,
		"c-2":  `{"tier":"","trips":1}`,
		"c-31": `{"tier":"silver","trips":4}`,
		"d-1":  `{"tier":"gold","trips":40}`,
	}}
}

// topics stands for what processors reads from Kafka: two partitions, events in the order of their commits.
type topics struct {
	events []state.Event
	ends   error // of a stream, after the events
	more   chan state.Event
}

func (t topics) Start(_ context.Context, _ string, now bool) (state.Position, error) {
	p := state.Position{0: 0, 1: 0}
	for _, e := range t.events {
		if now {
			p[e.Partition] = e.Offset + 1
		}
	}
	return p, nil
}

func (t topics) Follow(ctx context.Context, topic string, from state.Position) iter.Seq2[state.Event, error] {
	return func(yield func(state.Event, error) bool) {
		for _, e := range t.events {
			if e.Offset >= from[e.Partition] && !yield(e, nil) {
				return
			}
		}

		if t.ends != nil {
			yield(state.Event{}, t.ends)
			return
		}

		for {
			select {
			case <-ctx.Done():
				return
			case e := <-t.more:
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}
