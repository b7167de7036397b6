package flights

import (
	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// withRequest is the seat desk: the flight's own row grants, refuses or takes back, a whole party or nothing.
// A request that is not newer than the reservation's last one here is repeated, and changes nothing.
func (f Flight) OnRequest(c Input[vocab.SeatRequest]) (Flight, []Effect) {
	r := c.Event
	if r.Seq <= f.Holds[holdID(r.Reservation, r.Cabin)].Seq && !r.Type.OnlyAsks() {
		return f, nil
	}
	before, out := f, []Effect(nil)
	switch {
	case r.Type == vocab.LookAtFlight:
		return f.reply(r, vocab.SeatsSeen, f.whyUnknown(c.NumberKnown))
	case r.Type == vocab.QuoteSeats:
		return f.quote(c)
	case r.Type == vocab.ReleaseSeats:
		f, out = f.release(r)
	case r.Type == vocab.BookSeats && !f.IsKnown():
		return f.hold(r, Waiting, nil), nil
	default:
		f, out = f.seat(c)
	}
	f, freed := f.seatsFreed(before, r)
	return f.withOffer(c.Flight, vocab.Later(f.AsOf, r.Time), append(out, freed...))
}

// quote says whether seats would be sold, and for how much.
func (f Flight) quote(c Input[vocab.SeatRequest]) (Flight, []Effect) {
	if why := f.whyRefused(c); why != "" {
		return f.reply(c.Event, vocab.SeatsRefused, why)
	}
	return f.reply(c.Event, vocab.SeatsSeen, "")
}

func (f Flight) seat(c Input[vocab.SeatRequest]) (Flight, []Effect) {
	r := c.Event
	if r.Type == vocab.BookSeats && r.Sold && f.isOpen() && f.Holds[holdID(r.Reservation, r.Cabin)].State != Held {
		f = f.unsold(r.Cabin, r.Party)
	}
	why := f.whyRefused(c)
	seats, ok := f.without(r).assign(r)
	if why == "" && !ok {
		why = "seat taken"
	}
	switch {
	case why != "" && f.Holds[holdID(r.Reservation, r.Cabin)].State == Held: // they keep what they have
		return f.renumbered(r).reply(r, vocab.SeatsRefused, why)
	case why != "":
		return f.hold(r, Gone, nil).reply(r, vocab.SeatsRefused, why)
	}
	r.Seats = seats
	f, out := f.hold(r, Held, seats).reply(r, vocab.SeatsGranted, "")
	if r.Type == vocab.BookSeats && f.Severity != "" { // a booking that is heard of after the disruption
		out = append(out, f.disruption(r.Flight, r.Reservation, r.Customer))
	}
	return f, out
}

// without is the flight as a party sees it that only changes seats: its own are free to it.
func (f Flight) without(r vocab.SeatRequest) Flight {
	if r.Type == vocab.MoveSeats {
		f.Holds = cow.With(f.Holds, holdID(r.Reservation, r.Cabin), Hold{})
	}
	return f
}

// refuses says why not. What was sold before (Book) is only bound by the seats there are.
func (f Flight) whyRefused(c Input[vocab.SeatRequest]) string {
	r := c.Event
	switch {
	case !f.IsKnown():
		return f.whyUnknown(c.NumberKnown)
	case r.Type == vocab.MoveSeats:
		return f.whyFixed(r)
	case r.Type == vocab.BookSeats && r.Sold && !f.isOpen():
		return "departed"
	case r.Type.Sells() && !f.sells(c):
		return "not available"
	case f.free(r.Cabin) < r.Party:
		return "full"
	case r.Type != vocab.RebookSeats:
		return ""
	case f.Status == vocab.StatusCancelled:
		return "cancelled"
	case !f.isOpen():
		return "departed"
	case c.Rules.IsClosed(f.Departure, vocab.Later(f.AsOf, r.Time)):
		return "closed"
	}
	return ""
}

// sells says whether seats in a cabin are on sale.
func (f Flight) sells(c Input[vocab.SeatRequest]) bool {
	r := c.Event
	if c.Conduct.Unchecked {
		return f.Status == vocab.StatusAvailable
	}
	return f.Status == vocab.StatusAvailable && f.Prices.In(r.Cabin) > 0 && !c.Rules.IsClosed(f.Departure, vocab.Later(f.AsOf, r.Time))
}

// unknown says what is not known: the number, or the flight on that day.
func (f Flight) whyUnknown(number bool) string {
	switch {
	case f.IsKnown():
		return ""
	case number:
		return "unknown date"
	}
	return "unknown flight"
}

// fixed says why a party can't have other seats.
func (f Flight) whyFixed(r vocab.SeatRequest) string {
	switch {
	case f.Holds[holdID(r.Reservation, r.Cabin)].State != Held || f.Holds[holdID(r.Reservation, r.Cabin)].Party != r.Party:
		return "no seats to change"
	case !f.isOpen():
		return "departed"
	}
	return ""
}

func (f Flight) release(r vocab.SeatRequest) (Flight, []Effect) {
	if r.Sold && f.Holds[holdID(r.Reservation, r.Cabin)].State != Held {
		f = f.unsold(r.Cabin, r.Party)
	}
	return f.hold(r, Gone, nil).reply(r, vocab.SeatsReleased, "")
}

// unsold takes back seats of those that were sold elsewhere. An inventory that lists only what is free may know of fewer.
func (f Flight) unsold(c vocab.Cabin, n int) Flight {
	f.Seats = f.Seats.Plus(c, max(0, n-f.Sold.In(c)))
	f.Sold = f.Sold.Plus(c, -min(n, f.Sold.In(c)))
	return f
}

func (f Flight) hold(r vocab.SeatRequest, s HoldState, seats []string) Flight {
	h := Hold{Customer: r.Customer, Cabin: r.Cabin, Party: r.Party, Seq: r.Seq, State: s, Seats: seats, Sold: r.Sold && s == Waiting, Told: f.Holds[holdID(r.Reservation, r.Cabin)].Told}
	if s == Held {
		h.Wish = f.Holds[holdID(r.Reservation, r.Cabin)].Wish
	}
	f.Holds = cow.With(f.Holds, holdID(r.Reservation, r.Cabin), h)
	return f
}

// again keeps a hold as it is, but for the number of the request.
func (f Flight) renumbered(r vocab.SeatRequest) Flight {
	h := f.Holds[holdID(r.Reservation, r.Cabin)]
	h.Seq = r.Seq
	f.Holds = cow.With(f.Holds, holdID(r.Reservation, r.Cabin), h)
	return f
}

func (f Flight) reply(r vocab.SeatRequest, result vocab.SeatResult, why string) (Flight, []Effect) {
	f.N++
	return f, []Effect{{Reply: &vocab.SeatReply{SeatRequest: r, Result: result, Why: why, Free: f.free(r.Cabin),
		Severity: f.Severity, Standing: f.standing(r.Cabin), N: f.N, AsOf: f.AsOf}}}
}

func (f Flight) standing(c vocab.Cabin) vocab.Standing {
	return vocab.Standing{Origin: f.Origin, Destination: f.Destination, Status: f.Status, Departure: f.Departure, Arrival: f.Arrival, Price: f.Prices.In(c)}
}
