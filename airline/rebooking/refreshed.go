package rebooking

import (
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// The tables that a refreshed view looks into: the rows of flights and routes, as they were loaded.
const (
	flightSnapshots topology.Table[vocab.FlightID, snapshots[flights.Flight]] = "flights-loaded"
	routeSnapshots  topology.Table[vocab.RouteID, snapshots[flights.Offers]]  = "routes-loaded"
)

// RefreshedView is as of the last full multiple of every. The topology must declare its tables by Refresh.
func RefreshedView(every time.Duration) View {
	withFlight := func(c Case, s snapshots[flights.Flight]) Case { return c.withFlight(s.asOf(c.now(), every)) }
	withOffers := func(c Case, s snapshots[flights.Offers]) Case { return c.withOffers(s.asOf(c.now(), every)) }

	return func(cases topology.Stream[vocab.CustomerID, Case]) topology.Stream[vocab.CustomerID, Case] {
		cases = topology.Lookup(cases, flightSnapshots, Case.ownFlight, withFlight)
		return topology.Lookup(cases, routeSnapshots, Case.routeID, withOffers)
	}
}

// Refresh declares the tables of a RefreshedView.
func Refresh(t *topology.Topology, every time.Duration) {
	onEvent := func(s snapshots[flights.Flight], in flights.Input[vocab.FlightEvent]) snapshots[flights.Flight] {
		return s.with(in.Event.Time, every, func(f flights.Flight) flights.Flight {
			f, _ = f.OnEvent(in)
			return f
		})
	}
	events := topology.From(t, vocab.FlightEvents).Check(vocab.FlightEvent.Valid)
	topology.Fold(flightSnapshots, flights.UnderRules(events, nil), onEvent)

	type updated = topology.Event[vocab.RouteID, vocab.RouteUpdate]
	onUpdate := func(s snapshots[flights.Offers], e updated) snapshots[flights.Offers] {
		return s.with(e.Time, every, func(o flights.Offers) flights.Offers { return o.OnUpdate(e.Value) })
	}
	topology.Fold(routeSnapshots, topology.Events(topology.From(t, vocab.RouteUpdates)), onUpdate)
}

// snapshots are a row at the end of each period in which it changed. They need no clock: what a reader may
// see follows from the times of the events and of the reader.
type snapshots[V any] struct {
	Periods []snapshot[V] `json:"periods,omitempty"`
}

// A snapshot is a row at the end of a period, which begins with a load.
type snapshot[V any] struct {
	Start time.Time `json:"start"`
	Row   V         `json:"row"`
}

// maxSnapshots bounds a row. A reader who looks further back, because answers lag behind the day, sees the
// oldest one.
const maxSnapshots = 4

// with takes in a change. A late change is in every snapshot from its own time on.
func (s snapshots[V]) with(at time.Time, every time.Duration, change func(V) V) snapshots[V] {
	start := at.Truncate(every)

	all := make([]snapshot[V], 0, len(s.Periods)+2)
	if len(s.Periods) == 0 {
		all = append(all, snapshot[V]{}) // before the first load there was nothing
	}

	all = append(all, s.Periods...)
	if last := all[len(all)-1]; last.Start.Before(start) {
		all = append(all, snapshot[V]{start, last.Row})
	}

	for i := range all {
		if !all[i].Start.Before(start) {
			all[i].Row = change(all[i].Row)
		}
	}

	return snapshots[V]{all[max(0, len(all)-maxSnapshots):]}
}

// asOf returns the row as it was loaded last before now. If every is zero, that is the newest row.
func (s snapshots[V]) asOf(now time.Time, every time.Duration) (row V) {
	loaded := now.Truncate(every)
	for i := len(s.Periods) - 1; i >= 0; i-- {
		if p := s.Periods[i]; every <= 0 || p.Start.Before(loaded) || i == 0 {
			return p.Row
		}
	}
	return row
}
