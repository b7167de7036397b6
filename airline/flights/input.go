package flights

import (
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// An Input is an event for a flight's row, with the rules in force.
type Input[E any] struct {
	Flight  vocab.FlightID
	Event   E
	Rules   vocab.Rules
	Conduct vocab.Conduct

	// NumberKnown is whether the flight number is in the timetable, on whatever days it flies. It is for seat
	// requests.
	NumberKnown bool
}

// UnderRules adds the key and the rules in force to each event.
func UnderRules[E any](
	s topology.Stream[vocab.FlightID, E], modes vocab.DeskModes,
) topology.Stream[vocab.FlightID, Input[E]] {
	key := func(topology.Event[vocab.FlightID, E]) vocab.RulesID { return vocab.RulesKey }
	with := func(e topology.Event[vocab.FlightID, E], r vocab.Rules) Input[E] {
		r = r.OrDefault()
		return Input[E]{Flight: e.Key, Event: e.Value, Rules: r, Conduct: modes[r.Desks]}
	}
	return topology.Lookup(topology.Events(s), vocab.RuleBook, key, with)
}

// FlightNumber returns the key of the flight's timetable.
func (i Input[E]) FlightNumber() vocab.FlightNumber { return vocab.FlightNumber(i.Flight.Number()) }

// WithTimetable notes whether the flight number is known.
func (i Input[E]) WithTimetable(t vocab.Timetable) Input[E] {
	i.NumberKnown = t.Exists()
	return i
}

// An Effect is what a change of a flight's row causes elsewhere. It has one of these.
type Effect struct {
	Disruption *vocab.Disruption
	Reply      *vocab.SeatReply
	Update     *vocab.RouteUpdate
	Listing    *vocab.Timetable
	Occasion   *vocab.Occasion
}
