package rebooking

import (
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// The tables that a refreshed view reads: the same rows, as they were loaded.
const (
	flightSnapshots topology.Table[vocab.FlightID, snapshots[flights.Flight]] = "flights-loaded"
	routeSnapshots  topology.Table[vocab.RouteID, snapshots[flights.Offers]]  = "routes-loaded"
)

// refreshedView is a view as of the last multiple of every. The topology must refresh it.
func RefreshedView(every time.Duration) View {
	return func(cases topology.Stream[vocab.CustomerID, Case]) topology.Stream[vocab.CustomerID, Case] {
		cases = topology.Lookup(cases, flightSnapshots, Case.ownFlight, func(c Case, l snapshots[flights.Flight]) Case { return c.withFlight(l.asOf(c.latest(), every)) })
		return topology.Lookup(cases, routeSnapshots, Case.routeID, func(c Case, l snapshots[flights.Offers]) Case { return c.withOffers(l.asOf(c.latest(), every)) })
	}
}

// refresh declares the tables of a refreshedView.
func Refresh(t *topology.Topology, every time.Duration) {
	events := flights.UnderRules(topology.From(t, vocab.FlightEvents).Check(vocab.FlightEvent.Valid), nil)
	topology.Fold(flightSnapshots, events, func(l snapshots[flights.Flight], e flights.Input[vocab.FlightEvent]) snapshots[flights.Flight] {
		return l.with(e.Event.Time, every, func(f flights.Flight) flights.Flight {
			f, _ = f.OnEvent(e)
			return f
		})
	})
	topology.Fold(routeSnapshots, topology.Events(topology.From(t, vocab.RouteUpdates)), func(l snapshots[flights.Offers], e topology.Event[vocab.RouteID, vocab.RouteUpdate]) snapshots[flights.Offers] {
		return l.with(e.Time, every, func(o flights.Offers) flights.Offers { return o.OnUpdate(e.Value) })
	})
}

// loads is a row at the end of each period in which it changed, of the newest few periods. It needs no clock: what a
// reader may see follows from the times of the events and the reader's own.
type snapshots[V any] struct {
	Periods []snapshot[V] `json:"periods,omitempty"`
}

// A period starts at a moment of loading. Its row has all that happened up to its end.
type snapshot[V any] struct {
	Start time.Time `json:"start"`
	Row   V         `json:"row"`
}

// maxPeriods bounds a row of loads: who looks further back, because answers are behind the day, sees the oldest of these.
const maxSnapshots = 4

// with takes in a change. One that comes late is in all rows from its own time on.
func (l snapshots[V]) with(at time.Time, every time.Duration, change func(V) V) snapshots[V] {
	start := at.Truncate(every)
	out := make([]snapshot[V], 0, len(l.Periods)+2)
	if len(l.Periods) == 0 {
		out = append(out, snapshot[V]{}) // before the first load there was nothing
	}
	out = append(out, l.Periods...)
	if last := out[len(out)-1]; last.Start.Before(start) {
		out = append(out, snapshot[V]{start, last.Row})
	}
	for i := range out {
		if !out[i].Start.Before(start) {
			out[i].Row = change(out[i].Row)
		}
	}
	return snapshots[V]{out[max(0, len(out)-maxSnapshots):]}
}

// asOf is the row as it was loaded last before now: with all that happened before that moment, and nothing since.
func (l snapshots[V]) asOf(now time.Time, every time.Duration) (row V) {
	loaded := now.Truncate(every)
	for i := len(l.Periods) - 1; i >= 0; i-- {
		if p := l.Periods[i]; every <= 0 || p.Start.Before(loaded) || i == 0 {
			return p.Row
		}
	}
	return row
}
