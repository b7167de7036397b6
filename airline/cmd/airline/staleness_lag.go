package main

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// A lagMeter says how far behind the flights' rows a decider's view is when it is read. Whenever a flight's row changes
// what it offers, the offer has the next number; the meter sees it as the step that changed the row encodes it, which is
// before it is committed. A case says the numbers of the offers that it shows. Its methods may be called by any goroutine.
type lagMeter struct {
	mu    sync.Mutex
	made  map[vocab.FlightID][]time.Time // guarded by mu: when each offer was made, from number 1
	reads []read                         // guarded by mu
}

// A read is one offer, as a decider was shown it.
type read struct {
	events int           // newer offers that the flight had made
	behind time.Duration // since the first of these; 0: none
}

func newLagMeter() *lagMeter { return &lagMeter{made: map[vocab.FlightID][]time.Time{}} }

// on has the meter see what a topology of the airline's makes; the agent must be one that it watches.
func (m *lagMeter) on(t *topology.Topology) *topology.Topology {
	topology.Configure(t, vocab.RouteUpdates, topology.TopicConfig[vocab.RouteUpdate]{Codec: offersSeen{m: m}})
	return t
}

// offersSeen is the codec of route updates, with a meter that looks on.
type offersSeen struct{ m *lagMeter }

// Marshal implements topology.Codec.
func (c offersSeen) Marshal(v any) ([]byte, error) {
	if u, ok := v.(vocab.RouteUpdate); ok {
		c.m.offered(u.Flight, u.Offer.N)
	}
	return json.Marshal(v)
}

// Unmarshal implements topology.Codec.
func (offersSeen) Unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }

// offered takes in the n-th offer of a flight; one that is made again, after a fault, was there before.
func (m *lagMeter) offered(id vocab.FlightID, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n > len(m.made[id]) {
		m.made[id] = append(m.made[id], time.Now())
	}
}

// shown takes in what a case shows.
func (m *lagMeter) shown(c rebooking.Case) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, n := range c.Seen {
		r := read{}
		if made := m.made[id]; len(made) > n {
			r = read{len(made) - n, time.Since(made[n])}
		}
		m.reads = append(m.reads, r)
	}
}

// watched is an agent whose cases the meter sees.
type watched struct {
	topology.Operator[rebooking.Case, vocab.Decision]
	m *lagMeter
}

// Decide implements topology.Operator.
func (w watched) Decide(ctx context.Context, c rebooking.Case) (vocab.Decision, topology.Provenance, error) {
	w.m.shown(c)
	return w.Operator.Decide(ctx, c)
}

// A lag sums up reads.
type lag struct {
	Reads  int     `json:"reads"`     // offers shown to the decider
	Behind int     `json:"behind"`    // of these: the flight had a newer one
	Median float64 `json:"ms_median"` // of those behind: milliseconds since the first newer one was made
	P99    float64 `json:"ms_p99"`
	Events float64 `json:"events_mean"` // of those behind: how many newer ones
	Most   int     `json:"events_most"`
}

func (m *lagMeter) lag() (l lag) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ms []float64
	events := 0
	for _, r := range m.reads {
		if r.events > 0 {
			ms, events = append(ms, float64(r.behind)/float64(time.Millisecond)), events+r.events
			l.Most = max(l.Most, r.events)
		}
	}
	l.Reads, l.Behind = len(m.reads), len(ms)
	if l.Behind == 0 {
		return l
	}
	slices.Sort(ms)
	l.Median, l.P99 = ms[len(ms)/2], ms[len(ms)*99/100]
	l.Events = float64(events) / float64(l.Behind)
	return l
}
