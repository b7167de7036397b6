package airline

import (
	"time"

	"github.com/slipstream-go/slipstream/topology"
)

// The tables that a refreshed view reads: the same rows, as they were loaded.
const (
	flightLoads topology.Table[FlightID, loads[Flight]] = "flights-loaded"
	routeLoads  topology.Table[RouteID, loads[Offers]]  = "routes-loaded"
)

// NewRefreshed declares the same airline as New, as a batch pipeline would feed its agent: what the agent looks up was
// loaded at the last full multiple of every in the day's time (of the hour, for an hour), and nothing that happened since
// is in it. All else is live: disruptions still come as events, and the rows that own the seats grant or refuse them. When
// an answer is checked before it takes effect, that too sees the loaded rows only. Zero loads after each event.
//
// It is for measuring what a live view is worth.
func NewRefreshed(agent topology.Operator[Case, Decision], bounds topology.Policy[Case], every time.Duration) *topology.Topology {
	t := declare(agent, bounds, func(cases topology.Stream[CustomerID, Case]) topology.Stream[CustomerID, Case] {
		cases = topology.Lookup(cases, flightLoads, Case.own, func(c Case, l loads[Flight]) Case { return c.withFlight(l.asOf(c.now(), every)) })
		return topology.Lookup(cases, routeLoads, Case.routeID, func(c Case, l loads[Offers]) Case { return c.withOffers(l.asOf(c.now(), every)) })
	})
	events := underRules(topology.From(t, FlightEvents).Check(FlightEvent.Valid))
	topology.Fold(flightLoads, events, func(l loads[Flight], e flightCase[FlightEvent]) loads[Flight] {
		return l.with(e.Event.Time, every, func(f Flight) Flight {
			f, _ = f.withEvent(e)
			return f
		})
	})
	topology.Fold(routeLoads, topology.Events(topology.From(t, RouteUpdates)), func(l loads[Offers], e topology.Event[RouteID, RouteUpdate]) loads[Offers] {
		return l.with(e.Time, every, func(o Offers) Offers { return o.withUpdate(e.Value) })
	})
	return t
}

// loads is a row at the end of each period in which it changed, of the newest few periods. It needs no clock: what a
// reader may see follows from the times of the events and the reader's own.
type loads[V any] struct {
	Periods []period[V] `json:"periods,omitempty"`
}

// A period starts at a moment of loading. Its row has all that happened up to its end.
type period[V any] struct {
	Start time.Time `json:"start"`
	Row   V         `json:"row"`
}

// maxPeriods bounds a row of loads: who looks further back, because answers are behind the day, sees the oldest of these.
const maxPeriods = 4

// with takes in a change. One that comes late is in all rows from its own time on.
func (l loads[V]) with(at time.Time, every time.Duration, change func(V) V) loads[V] {
	start := at.Truncate(every)
	out := make([]period[V], 0, len(l.Periods)+2)
	if len(l.Periods) == 0 {
		out = append(out, period[V]{}) // before the first load there was nothing
	}
	out = append(out, l.Periods...)
	if last := out[len(out)-1]; last.Start.Before(start) {
		out = append(out, period[V]{start, last.Row})
	}
	for i := range out {
		if !out[i].Start.Before(start) {
			out[i].Row = change(out[i].Row)
		}
	}
	return loads[V]{out[max(0, len(out)-maxPeriods):]}
}

// asOf is the row as it was loaded last before now: with all that happened before that moment, and nothing since.
func (l loads[V]) asOf(now time.Time, every time.Duration) (row V) {
	loaded := now.Truncate(every)
	for i := len(l.Periods) - 1; i >= 0; i-- {
		if p := l.Periods[i]; every <= 0 || p.Start.Before(loaded) || i == 0 {
			return p.Row
		}
	}
	return row
}
