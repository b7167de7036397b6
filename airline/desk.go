package airline

// withRequest is the seat desk: the flight's own row grants, refuses or takes back, a whole party or nothing.
// A request that is not newer than the reservation's last one here is repeated, and changes nothing.
func (f Flight) withRequest(c flightCase[SeatRequest]) (Flight, []flightEffect) {
	r := c.Event
	if r.Seq <= f.Holds[r.Reservation].Seq {
		return f, nil
	}
	var out []flightEffect
	switch {
	case r.Type == Release:
		f, out = f.release(r)
	case r.Type == Book && !f.known():
		return f.hold(r, Waiting), nil
	default:
		f, out = f.seat(c.Rules, r)
	}
	return f.shown(c.Flight, out)
}

func (f Flight) seat(rules Rules, r SeatRequest) (Flight, []flightEffect) {
	if why := f.refuses(rules, r); why != "" {
		return f.hold(r, Gone).reply(r, Refused, why)
	}
	f, out := f.hold(r, Held).reply(r, Granted, "")
	if r.Type == Book && f.Severity != "" { // a booking that is heard of after the disruption
		out = append(out, f.disruption(r.Flight, r.Reservation))
	}
	return f, out
}

// refuses says why not. What was sold before (Book) is only bound by the seats there are.
func (f Flight) refuses(rules Rules, r SeatRequest) string {
	switch {
	case !f.known():
		return "unknown flight"
	case f.free(r.Cabin) < r.Party:
		return "full"
	case r.Type == Book:
		return ""
	case f.Status == IsCanceled:
		return "cancelled"
	case f.Status != OnTime && f.Status != IsLate:
		return "departed"
	case rules.closed(f.Departure, later(f.AsOf, r.Time)):
		return "closed"
	}
	return ""
}

func (f Flight) release(r SeatRequest) (Flight, []flightEffect) {
	return f.hold(r, Gone).reply(r, Released, "")
}

func (f Flight) hold(r SeatRequest, s HoldState) Flight {
	f.Holds = with(f.Holds, r.Reservation, Hold{Customer: r.Customer, Cabin: r.Cabin, Party: r.Party, Seq: r.Seq, State: s})
	return f
}

func (f Flight) reply(r SeatRequest, result SeatResult, why string) (Flight, []flightEffect) {
	f.N++
	return f, []flightEffect{{Reply: &SeatReply{SeatRequest: r, Result: result, Why: why, Free: f.free(r.Cabin),
		Severity: f.Severity, N: f.N, AsOf: f.AsOf}}}
}
