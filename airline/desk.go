package airline

// withRequest is the seat desk: the flight's own row grants, refuses or takes back, a whole party or nothing.
// A request that is not newer than the reservation's last one here is repeated, and changes nothing.
func (f Flight) withRequest(c flightCase[SeatRequest]) (Flight, []flightEffect) {
	r := c.Event
	if r.Seq <= f.Holds[r.hold()].Seq && !r.Type.asks() {
		return f, nil
	}
	before, out := f, []flightEffect(nil)
	switch {
	case r.Type == Look:
		return f.reply(r, Seen, f.unknown(c.Number))
	case r.Type == Quote:
		return f.quote(c)
	case r.Type == Release:
		f, out = f.release(r)
	case r.Type == Book && !f.Known():
		return f.hold(r, Waiting, nil), nil
	default:
		f, out = f.seat(c.Rules, c.Number, r)
	}
	f, freed := f.seatsFreed(before, r)
	return f.shown(c.Flight, later(f.AsOf, r.Time), append(out, freed...))
}

// quote says whether seats would be sold, and for how much.
func (f Flight) quote(c flightCase[SeatRequest]) (Flight, []flightEffect) {
	if why := f.refuses(c.Rules, c.Number, c.Event); why != "" {
		return f.reply(c.Event, Refused, why)
	}
	return f.reply(c.Event, Seen, "")
}

func (f Flight) seat(rules Rules, number bool, r SeatRequest) (Flight, []flightEffect) {
	if r.Type == Book && r.Sold && f.open() && f.Holds[r.hold()].State != Held {
		f = f.unsold(r.Cabin, r.Party)
	}
	why := f.refuses(rules, number, r)
	seats, ok := f.without(r).assign(r)
	if why == "" && !ok {
		why = "seat taken"
	}
	switch {
	case why != "" && f.Holds[r.hold()].State == Held: // they keep what they have
		return f.again(r).reply(r, Refused, why)
	case why != "":
		return f.hold(r, Gone, nil).reply(r, Refused, why)
	}
	r.Seats = seats
	f, out := f.hold(r, Held, seats).reply(r, Granted, "")
	if r.Type == Book && f.Severity != "" { // a booking that is heard of after the disruption
		out = append(out, f.disruption(r.Flight, r.Reservation, r.Customer))
	}
	return f, out
}

// without is the flight as a party sees it that only changes seats: its own are free to it.
func (f Flight) without(r SeatRequest) Flight {
	if r.Type == Move {
		f.Holds = with(f.Holds, r.hold(), Hold{})
	}
	return f
}

// refuses says why not. What was sold before (Book) is only bound by the seats there are.
func (f Flight) refuses(rules Rules, number bool, r SeatRequest) string {
	switch {
	case !f.Known():
		return f.unknown(number)
	case r.Type == Move:
		return f.fixed(r)
	case r.Type == Book && r.Sold && !f.open():
		return "departed"
	case r.Type.sells() && !f.sells(rules, r):
		return "not available"
	case f.free(r.Cabin) < r.Party:
		return "full"
	case r.Type != Rebook:
		return ""
	case f.Status == IsCanceled:
		return "cancelled"
	case !f.open():
		return "departed"
	case rules.closed(f.Departure, later(f.AsOf, r.Time)):
		return "closed"
	}
	return ""
}

// sells says whether seats in a cabin are on sale.
func (f Flight) sells(rules Rules, r SeatRequest) bool {
	if rules.tau2() {
		return f.Status == Available
	}
	return f.Status == Available && f.Prices.In(r.Cabin) > 0 && !rules.closed(f.Departure, later(f.AsOf, r.Time))
}

// unknown says what is not known: the number, or the flight on that day.
func (f Flight) unknown(number bool) string {
	switch {
	case f.Known():
		return ""
	case number:
		return "unknown date"
	}
	return "unknown flight"
}

// fixed says why a party can't have other seats.
func (f Flight) fixed(r SeatRequest) string {
	switch {
	case f.Holds[r.hold()].State != Held || f.Holds[r.hold()].Party != r.Party:
		return "no seats to change"
	case !f.open():
		return "departed"
	}
	return ""
}

func (f Flight) release(r SeatRequest) (Flight, []flightEffect) {
	if r.Sold && f.Holds[r.hold()].State != Held {
		f = f.unsold(r.Cabin, r.Party)
	}
	return f.hold(r, Gone, nil).reply(r, Released, "")
}

// unsold takes back seats of those that were sold elsewhere. An inventory that lists only what is free may know of fewer.
func (f Flight) unsold(c Cabin, n int) Flight {
	f.Seats = f.Seats.Plus(c, max(0, n-f.Sold.In(c)))
	f.Sold = f.Sold.Plus(c, -min(n, f.Sold.In(c)))
	return f
}

func (f Flight) hold(r SeatRequest, s HoldState, seats []string) Flight {
	h := Hold{Customer: r.Customer, Cabin: r.Cabin, Party: r.Party, Seq: r.Seq, State: s, Seats: seats, Sold: r.Sold && s == Waiting, Told: f.Holds[r.hold()].Told}
	if s == Held {
		h.Wish = f.Holds[r.hold()].Wish
	}
	f.Holds = with(f.Holds, r.hold(), h)
	return f
}

// again keeps a hold as it is, but for the number of the request.
func (f Flight) again(r SeatRequest) Flight {
	h := f.Holds[r.hold()]
	h.Seq = r.Seq
	f.Holds = with(f.Holds, r.hold(), h)
	return f
}

func (f Flight) reply(r SeatRequest, result SeatResult, why string) (Flight, []flightEffect) {
	f.N++
	return f, []flightEffect{{Reply: &SeatReply{SeatRequest: r, Result: result, Why: why, Free: f.free(r.Cabin),
		Severity: f.Severity, Standing: f.standing(r.Cabin), N: f.N, AsOf: f.AsOf}}}
}

func (f Flight) standing(c Cabin) Standing {
	return Standing{Origin: f.Origin, Destination: f.Destination, Status: f.Status, Departure: f.Departure, Arrival: f.Arrival, Price: f.Prices.In(c)}
}
