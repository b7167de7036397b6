package flights

import (
	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// OnRequest is the seat desk. It grants, refuses or takes back seats, for a whole party or for none of it. A
// request that is no newer than the reservation's last one here is a repetition, and changes nothing.
func (f Flight) OnRequest(in Input[vocab.SeatRequest]) (Flight, []Effect) {
	r := in.Event
	if r.Seq <= f.holdOf(r).Seq && !r.Type.OnlyAsks() {
		return f, nil
	}

	before := f
	var effects []Effect
	switch {
	case r.Type == vocab.LookAtFlight:
		return f.reply(r, vocab.SeatsSeen, f.whyUnknown(in.NumberKnown))
	case r.Type == vocab.QuoteSeats:
		return f.quote(in)
	case r.Type == vocab.BookSeats && !f.IsKnown():
		return f.hold(r, Waiting, nil), nil
	case r.Type == vocab.ReleaseSeats:
		f, effects = f.release(r)
	default:
		f, effects = f.seat(in)
	}

	f, occasions := f.seatsFreed(before, r)

	return f.withOffer(in.Flight, vocab.Later(f.AsOf, r.Time), append(effects, occasions...))
}

// quote answers whether seats would be sold, and for how much.
func (f Flight) quote(in Input[vocab.SeatRequest]) (Flight, []Effect) {
	if why := f.whyRefused(in); why != "" {
		return f.reply(in.Event, vocab.SeatsRefused, why)
	}
	return f.reply(in.Event, vocab.SeatsSeen, "")
}

// seat grants seats, or refuses them. A party that is refused keeps the seats that it has.
func (f Flight) seat(in Input[vocab.SeatRequest]) (Flight, []Effect) {
	r := in.Event
	if r.Type == vocab.BookSeats && r.Sold && f.Status.IsOpen() && f.holdOf(r).State != Held {
		f = f.unsold(r.Cabin, r.Party)
	}

	why := f.whyRefused(in)
	seats, ok := f.asSeenBy(r).assign(r)
	if why == "" && !ok {
		why = vocab.WhySeatTaken
	}

	switch {
	case why != "" && f.holdOf(r).State == Held:
		return f.renumbered(r).reply(r, vocab.SeatsRefused, why)
	case why != "":
		return f.hold(r, Gone, nil).reply(r, vocab.SeatsRefused, why)
	}

	r.Seats = seats
	f, effects := f.hold(r, Held, seats).reply(r, vocab.SeatsGranted, "")
	if r.Type == vocab.BookSeats && f.Severity != "" { // the booking came after the disruption
		effects = append(effects, f.disruption(r.Flight, r.Reservation, r.Customer))
	}

	return f, effects
}

// asSeenBy returns the flight as a party sees it. To a party that changes its seats, its own are free.
func (f Flight) asSeenBy(r vocab.SeatRequest) Flight {
	if r.Type == vocab.MoveSeats {
		f.Holds = cow.With(f.Holds, holdID(r.Reservation, r.Cabin), Hold{})
	}
	return f
}

// whyRefused returns why a request for seats is refused, or nothing. Seats that were sold elsewhere are bound
// by the seats that there are, and by nothing else.
func (f Flight) whyRefused(in Input[vocab.SeatRequest]) string {
	r := in.Event
	switch {
	case !f.IsKnown():
		return f.whyUnknown(in.NumberKnown)
	case r.Type == vocab.MoveSeats:
		return f.whyFixed(r)
	case r.Type == vocab.BookSeats && r.Sold && !f.Status.IsOpen():
		return vocab.WhyDeparted
	case r.Type.IsSale() && !f.isOnSale(in):
		return vocab.WhyNotAvailable
	case f.free(r.Cabin) < r.Party:
		return vocab.WhyFull
	case r.Type != vocab.RebookSeats:
		return ""
	case f.Status == vocab.StatusCancelled:
		return vocab.WhyCancelled
	case !f.Status.IsOpen():
		return vocab.WhyDeparted
	case in.Rules.IsClosed(f.Departure, vocab.Later(f.AsOf, r.Time)):
		return vocab.WhyClosed
	}

	return ""
}

// isOnSale reports whether seats in the cabin of a request are on sale.
func (f Flight) isOnSale(in Input[vocab.SeatRequest]) bool {
	if f.Status != vocab.StatusAvailable || in.Conduct.Unchecked {
		return f.Status == vocab.StatusAvailable
	}
	isClosed := in.Rules.IsClosed(f.Departure, vocab.Later(f.AsOf, in.Event.Time))
	return f.Prices.In(in.Event.Cabin) > 0 && !isClosed
}

// whyUnknown returns what is unknown: the flight number, or the flight on this day.
func (f Flight) whyUnknown(numberKnown bool) string {
	switch {
	case f.IsKnown():
		return ""
	case numberKnown:
		return vocab.WhyUnknownDate
	}
	return vocab.WhyUnknownFlight
}

// whyFixed returns why a party can't have other seats.
func (f Flight) whyFixed(r vocab.SeatRequest) string {
	switch h := f.holdOf(r); {
	case h.State != Held || h.Party != r.Party:
		return vocab.WhyNoSeats
	case !f.Status.IsOpen():
		return vocab.WhyDeparted
	}
	return ""
}

func (f Flight) release(r vocab.SeatRequest) (Flight, []Effect) {
	if r.Sold && f.holdOf(r).State != Held {
		f = f.unsold(r.Cabin, r.Party)
	}
	return f.hold(r, Gone, nil).reply(r, vocab.SeatsReleased, "")
}

// unsold takes back n seats of those sold elsewhere. An inventory that lists only free seats may know of
// fewer.
func (f Flight) unsold(c vocab.Cabin, n int) Flight {
	known := min(n, f.Sold.In(c))
	f.Seats = f.Seats.Plus(c, n-known)
	f.Sold = f.Sold.Plus(c, -known)
	return f
}

// holdOf returns what the reservation of a request has here in the request's cabin.
func (f Flight) holdOf(r vocab.SeatRequest) Hold { return f.Holds[holdID(r.Reservation, r.Cabin)] }

func (f Flight) hold(r vocab.SeatRequest, s HoldState, seats []string) Flight {
	before := f.holdOf(r)
	h := Hold{
		Customer: r.Customer, Cabin: r.Cabin, Party: r.Party, Seq: r.Seq,
		State: s, Seats: seats, Sold: r.Sold && s == Waiting, Told: before.Told,
	}
	if s == Held {
		h.Wish = before.Wish
	}
	f.Holds = cow.With(f.Holds, holdID(r.Reservation, r.Cabin), h)

	return f
}

// renumbered keeps a hold as it is, except for the number of its last request.
func (f Flight) renumbered(r vocab.SeatRequest) Flight {
	h := f.holdOf(r)
	h.Seq = r.Seq
	f.Holds = cow.With(f.Holds, holdID(r.Reservation, r.Cabin), h)
	return f
}

func (f Flight) reply(r vocab.SeatRequest, result vocab.SeatResult, why string) (Flight, []Effect) {
	f.N++
	standing := vocab.Standing{
		Origin: f.Origin, Destination: f.Destination, Status: f.Status,
		Departure: f.Departure, Arrival: f.Arrival, Price: f.Prices.In(r.Cabin),
	}

	return f, []Effect{{Reply: &vocab.SeatReply{
		SeatRequest: r, Result: result, Why: why, Free: f.free(r.Cabin),
		Severity: f.Severity, Standing: standing, N: f.N, AsOf: f.AsOf,
	}}}
}
