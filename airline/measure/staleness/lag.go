package staleness

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

// A Lag sums up how far behind the flights' rows the offers were that an agent was shown.
type Lag struct {
	Reads    int     // offers that were shown
	Behind   int     // of these: the flight had made a newer one
	MedianMS float64 // of those behind: milliseconds since the flight made the first newer one
	P99MS    float64
	Events   float64 // of those behind: newer offers, in the mean
	Most     int     // and at most
}

// A lagMeter measures a [Lag]. Whenever a flight's row changes what it offers, the offer has the next number.
// The meter sees the number when the step that changed the row encodes the offer, which is before it is
// committed; a case has the numbers of the offers that it shows. It is safe for concurrent use.
type lagMeter struct {
	mu    sync.Mutex
	made  map[vocab.FlightID][]time.Time // guarded by mu: when each offer was made, from number 1
	reads []lagRead                      // guarded by mu
}

// A lagRead is one offer that an agent was shown.
type lagRead struct {
	events int           // newer offers of the flight
	behind time.Duration // since the first of these; 0: there is none
}

func newLagMeter() *lagMeter { return &lagMeter{made: map[vocab.FlightID][]time.Time{}} }

// watch lets the meter see the offers that a topology makes. Its agent must be a [meteredAgent].
func (m *lagMeter) watch(t *topology.Topology) *topology.Topology {
	topology.Configure(t, vocab.RouteUpdates, topology.TopicConfig[vocab.RouteUpdate]{Codec: meteredCodec{meter: m}})
	return t
}

// A meteredCodec encodes route updates, and shows them to the meter.
type meteredCodec struct{ meter *lagMeter }

// Marshal implements topology.Codec.
func (c meteredCodec) Marshal(v any) ([]byte, error) {
	if u, ok := v.(vocab.RouteUpdate); ok {
		c.meter.offered(u.Flight, u.Offer.N)
	}
	return json.Marshal(v)
}

// Unmarshal implements topology.Codec.
func (meteredCodec) Unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }

// offered notes the n-th offer of a flight. One that is encoded again, after a fault, counts once.
func (m *lagMeter) offered(id vocab.FlightID, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if n > len(m.made[id]) {
		m.made[id] = append(m.made[id], time.Now())
	}
}

// shown notes the offers that a case shows.
func (m *lagMeter) shown(c rebooking.Case) {
	m.mu.Lock()
	defer m.mu.Unlock()

	for id, n := range c.Seen {
		r := lagRead{}
		if made := m.made[id]; len(made) > n {
			r = lagRead{events: len(made) - n, behind: time.Since(made[n])}
		}
		m.reads = append(m.reads, r)
	}
}

// A meteredAgent is an agent whose cases the meter sees.
type meteredAgent struct {
	topology.Operator[rebooking.Case, vocab.Decision]
	meter *lagMeter
}

// Decide implements topology.Operator.
func (a meteredAgent) Decide(ctx context.Context,
	c rebooking.Case) (vocab.Decision, map[string]string, error) {
	a.meter.shown(c)
	return a.Operator.Decide(ctx, c)
}

func (m *lagMeter) lag() Lag {
	m.mu.Lock()
	defer m.mu.Unlock()

	l := Lag{Reads: len(m.reads)}
	var ms []float64
	events := 0
	for _, r := range m.reads {
		if r.events == 0 {
			continue
		}
		ms = append(ms, float64(r.behind)/float64(time.Millisecond))
		events += r.events
		l.Most = max(l.Most, r.events)
	}

	if l.Behind = len(ms); l.Behind == 0 {
		return l
	}
	slices.Sort(ms)
	l.MedianMS = ms[len(ms)/2]
	l.P99MS = ms[len(ms)*99/100]
	l.Events = float64(events) / float64(l.Behind)

	return l
}
