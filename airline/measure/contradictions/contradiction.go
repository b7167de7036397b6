package contradictions

import (
	"cmp"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// The kinds of contradiction, as the package comment has them.
const (
	Cancelled = "cancelled"
	Departed  = "departed"
	Closed    = "closed"
	Full      = "full"
	Later     = "later"
	Better    = "better"
	GivenUp   = "given up"
)

// much is by how much a way must be worse before that counts: what the airline moves parties for.
const much = 30 * time.Minute

// A verdict is what rows say against an answer.
type verdict struct {
	kind string         // of contradiction; "": none
	away time.Duration  // that it gives away
	best vocab.FlightID // that it should have been; "": none
}

// contradiction returns how the live rows contradict an answer, or "", and how much time the answer gives
// away: by the rows as they were just before the moment, and as they were just after, whichever is milder. In
// between nobody can say what came first.
func (j *Judge) contradiction(a answer) (kind string, away time.Duration) {
	before, after := j.against(a, a.now), j.against(a, a.now.Add(1))
	kind, away = before.kind, min(before.away, after.away)
	missed := kind == Better || kind == GivenUp
	if after.kind == "" || missed && before.best != after.best {
		kind = ""
	}

	if before.best != after.best { // when it was asked, neither may have been there
		away = 0
	}

	return kind, away
}

// against judges an answer by all that had happened before t.
func (j *Judge) against(a answer, t time.Time) verdict {
	best := rebooking.Choose(j.facts(a, t), a.reading)
	v := verdict{kind: j.impossible(a, t), best: best.Trip.Flight}
	switch {
	case !travels(best.Outcome):
	case !travels(a.outcome):
		v.kind = GivenUp
	default:
		v.away = max(0, j.known(a.trip.Flight, a, t).arrival.Sub(best.Trip.Arrival))
		if v.kind == "" && v.away > much {
			v.kind = Better
		}
	}

	return v
}

func travels(o vocab.Outcome) bool { return o == vocab.Rebooked || o == vocab.Kept }

// known is the state of a flight before t; that of the own one is what the answer is about, whichever came
// first.
func (j *Judge) known(id vocab.FlightID, a answer, t time.Time) state {
	if id == a.own {
		t = a.now.Add(1)
	}
	return j.flight(id).before(t)
}

// impossible returns why the flight chosen could not be taken, or is not what it was taken for.
func (j *Judge) impossible(a answer, t time.Time) string {
	s := j.known(a.trip.Flight, a, t)
	switch {
	case !travels(a.outcome):
		return ""
	case a.outcome == vocab.Kept && (s.status == vocab.StatusCancelled || s.status == vocab.StatusDiverted):
		return Cancelled
	case a.outcome == vocab.Rebooked && s.shut(a.now) != "":
		return s.shut(a.now)
	case a.outcome == vocab.Rebooked && j.flight(a.trip.Flight).free(s, a.trip.Cabin, a.reservation,
		t) < a.party:
		return Full
	case !a.trip.Arrival.IsZero() && s.arrival.Sub(a.trip.Arrival) > much:
		return Later
	}

	return ""
}

// facts are those of the case, as the live rows had them.
func (j *Judge) facts(a answer, t time.Time) (f vocab.Facts) {
	own := j.known(a.own, a, t)
	late, cancelled := own.late(), own.status == vocab.StatusCancelled
	f.Own = vocab.Trip{Flight: a.own, Cabin: a.cabin, Departure: own.departure, Arrival: own.arrival}

	f.BookedArrival, f.BookedDeparture = own.scheduled, own.departure.Add(-late)
	f.Keep = !cancelled && own.status != vocab.StatusDiverted
	f.Refund = cancelled || own.status == vocab.StatusAvailable &&
		late > minutes(vocab.DefaultRules.RefundMinutes)
	moves := f.Refund || own.status == vocab.StatusAvailable && a.cabin != vocab.BasicEconomy &&
		late >= minutes(vocab.DefaultRules.LateMinutes)
	if !moves {
		return f
	}

	cabins := []vocab.Cabin{a.cabin}
	if cancelled && a.cabin == vocab.BasicEconomy {
		cabins = append(cabins, vocab.Economy)
	}

	for _, other := range j.routes[vocab.RouteKey(own.Origin, own.Destination)] {
		if trip, ok := other.trip(a, cabins, t); ok {
			f.Options = append(f.Options, trip)
		}
	}

	slices.SortFunc(f.Options, func(a, b vocab.Trip) int {
		return cmp.Or(a.Arrival.Compare(b.Arrival), cmp.Compare(a.Flight, b.Flight))
	})

	return f
}

// trip is how a party could have gone on another flight.
func (f *flight) trip(a answer, cabins []vocab.Cabin, t time.Time) (trip vocab.Trip, ok bool) {
	s := f.before(t)
	if f.id == a.own || slices.Contains(a.turned, f.id) || s.shut(a.now) != "" {
		return trip, false
	}

	for _, cabin := range cabins {
		if f.free(s, cabin, a.reservation, t) >= a.party {
			return vocab.Trip{Flight: f.id, Cabin: cabin, Departure: s.departure, Arrival: s.arrival}, true
		}
	}

	return trip, false
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }
