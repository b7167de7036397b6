package airline

import (
	"cmp"
	"slices"
	"time"
)

// The airline's policy towards customers, a rule a function: each says why not. Those about flights look at how these
// stood when their desks were asked.

// partyAllowed: at most five travel under one reservation.
func partyAllowed(n int) *Refusal {
	if n < 1 || n > 5 {
		return refuse(TooManyPassengers, "A reservation is for one to five passengers, not %d", n)
	}
	return nil
}

// mayCombine: at most one certificate, one credit card and three gift cards pay for a booking.
func (u User) mayCombine(payments []Payment) *Refusal {
	n := map[Source]int{}
	for _, p := range payments {
		if p.Amount <= 0 {
			return refuse(BadSchema, "A payment of %v", p.Amount)
		}
		n[u.PaymentMethods[p.ID].Source]++
	}
	if n[Certificate] > 1 || n[CreditCard] > 1 || n[GiftCard] > 3 {
		return refuse(TooManyMethods, "At most one certificate, one credit card and three gift cards can pay for a booking")
	}
	return nil
}

// flightsOnce: a reservation has flights, each of them once.
func flightsOnce(flights []flightInfo) *Refusal {
	if len(flights) == 0 {
		return refuse(RouteChanged, "No flights")
	}
	for i, f := range flights {
		if slices.ContainsFunc(flights[:i], func(g flightInfo) bool { return f.id() == g.id() }) {
			return refuse(RouteChanged, "Flight %s on %s is there twice", f.FlightNumber, f.Date)
		}
	}
	return nil
}

// routeKept: the flights lead from origin to destination, and back on a round trip.
func routeKept(d ReservationDetails) *Refusal {
	at, there := city(d.Origin), false
	for _, s := range d.Flights {
		if city(s.Origin) != at {
			return refuse(RouteChanged, "Flight %s leaves from %s, not from %s", s.FlightNumber, s.Origin, at)
		}
		at = city(s.Destination)
		there = there || at == city(d.Destination)
	}
	end := d.Destination
	if d.FlightType == "round_trip" {
		end = d.Origin
	}
	if !there || at != city(end) {
		return refuse(RouteChanged, "These flights don't lead from %s to %s (%s)", d.Origin, d.Destination, d.FlightType)
	}
	return nil
}

// inOrder: each flight that was asked leaves after the one before has arrived.
func inOrder(w Work, flights []Segment) *Refusal {
	var arrived time.Time
	for _, s := range flights {
		r := w.standing(s.Flight())
		if r.Departure.IsZero() {
			continue
		}
		if r.Departure.Before(arrived) {
			return refuse(RouteChanged, "Flight %s leaves before the one before it arrives", s.FlightNumber)
		}
		arrived = r.Arrival
	}
	return nil
}

// maxBags bounds the bags of a reservation, and with them the price: an amount that is too large would come out as another.
const maxBags = 100

// bagsCounted: not fewer than none, not more to be paid than there are, and not more than anybody has.
func bagsCounted(total, nonfree int) *Refusal {
	if nonfree < 0 || nonfree > total || total > maxBags {
		return refuse(BagAllowance, "%d bags, %d of them to be paid", total, nonfree)
	}
	return nil
}

// bagsPaid: what is beyond the allowance of membership and cabin is paid.
func bagsPaid(d ReservationDetails, membership string) *Refusal {
	free := FreeBags(membership, d.Cabin, d.Party())
	if d.NonfreeBaggages < d.TotalBaggages-free {
		return refuse(BagAllowance, "%d bags are free, so that %d of %d must be paid", free, d.TotalBaggages-free, d.TotalBaggages)
	}
	return nil
}

// bagsAdded: bags can be added, but not removed.
func bagsAdded(r Reservation, total, nonfree int) *Refusal {
	if total < r.TotalBaggages || nonfree < r.NonfreeBaggages {
		return refuse(BagsRemoved, "Bags can be added, but not removed")
	}
	return nil
}

// notCancelled: what was cancelled is over.
func notCancelled(r Reservation) *Refusal {
	if r.Cancelled() {
		return refuse(AlreadyCancelled, "Reservation %s was cancelled", r.ID)
	}
	return nil
}

// stillOn: the airline moves nobody who has moved meanwhile.
func stillOn(r Reservation, f FlightID) *Refusal {
	if f != "" && !slices.ContainsFunc(r.Flights, func(s Segment) bool { return s.Flight() == f }) {
		return refuse(RouteChanged, "Reservation %s is no longer on flight %s", r.ID, f.Number())
	}
	return nil
}

// notFlown: once a flight of it has left, a reservation is for people to change.
func notFlown(w Work) *Refusal {
	for _, r := range w.replies(Look) {
		if r.Standing.Status.flown() {
			return refuse(AlreadyFlown, "Flight %s on %s has already been flown", r.Flight.Number(), r.Flight.Date())
		}
	}
	return nil
}

// flownKept: flights that have left stay as they are, and so does the cabin then.
func flownKept(r Reservation, w Work, p plan) *Refusal {
	if why := notFlown(w); why != nil && (p.Cabin != r.Cabin || !kept(p.Flights, w)) {
		return why
	}
	return nil
}

// kept says whether all flights that have left are among these.
func kept(flights []Segment, w Work) bool {
	for _, l := range w.replies(Look) {
		if l.Standing.Status.flown() && !slices.ContainsFunc(flights, func(s Segment) bool { return s.Flight() == l.Flight }) {
			return false
		}
	}
	return true
}

// basicEconomyKept: flights in basic economy can't be changed, only the cabin; but they can when the airline has
// disrupted them.
func basicEconomyKept(r Reservation, flights []flightInfo, waiver bool) *Refusal {
	if r.Cabin != BasicEconomy || waiver {
		return nil
	}
	same := slices.EqualFunc(r.Flights, flights, func(s Segment, f flightInfo) bool { return s.Flight() == f.id() })
	if !same {
		return refuse(BasicEconomyFixed, "Basic economy flights can't be changed")
	}
	return nil
}

// waiverDays is how long after a disrupted flight one that replaces it may leave.
const waiverDays = 3

// waiverDue: a change is free of charge if the airline has disrupted one of the flights that are left, and it keeps the
// cabin, about the day, and the flights of other days: the way back is not disrupted by a delay on the way there.
func waiverDue(r Reservation, w Work, p plan) *Refusal {
	var disrupted []SeatReply
	for _, l := range w.replies(Look) {
		left := !slices.ContainsFunc(p.Flights, func(s Segment) bool { return s.Flight() == l.Flight })
		if left && DefaultRules.mayRebook(l.Severity, r.Cabin) {
			disrupted = append(disrupted, l)
		}
	}
	switch {
	case len(disrupted) == 0:
		return refuse(NoWaiver, "None of the flights that would be left is late or cancelled")
	case p.Cabin != r.Cabin:
		return refuse(NoWaiver, "A change that the airline pays for keeps the cabin")
	}
	last := slices.MaxFunc(disrupted, func(a, b SeatReply) int { return cmp.Compare(a.Flight.Date(), b.Flight.Date()) }).Flight.Date()
	return soonAfter(last, r, p)
}

func soonAfter(date string, r Reservation, p plan) *Refusal {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil // a date of no calendar bounds nothing
	}
	end := day.AddDate(0, 0, waiverDays).Format(time.DateOnly)
	for _, s := range r.Flights {
		stays := slices.ContainsFunc(p.Flights, func(n Segment) bool { return n.Flight() == s.Flight() })
		if !stays && s.Date > end {
			return refuse(NoWaiver, "Flight %s on %s is not disrupted: it can't be changed with the others, only by itself", s.FlightNumber, s.Date)
		}
	}
	for _, s := range p.Flights {
		was := slices.ContainsFunc(r.Flights, func(o Segment) bool { return o.Flight() == s.Flight() })
		if !was && s.Date > end {
			return refuse(NoWaiver, "A change that the airline pays for leaves by %s", end)
		}
	}
	return nil
}

// cancellable: within 24 hours of booking, or if the airline has cancelled or long delayed a flight, or in business, or
// insured for the reason.
func cancellable(r Reservation, w Work, reason string) *Refusal {
	insured := r.Insurance == "yes" && (reason == "health" || reason == "weather")
	disrupted := slices.ContainsFunc(w.replies(Look), func(l SeatReply) bool { return DefaultRules.mayRefund(l.Severity) })
	if r.Cabin == Business || insured || disrupted || justBooked(r.ReservationDetails, w.Order.Time) {
		return nil
	}
	return refuse(NotCancellable, "Reservation %s can't be cancelled: it was booked more than 24 hours ago, its flights are not cancelled, it is not in business, and no insurance covers the reason", r.ID)
}

// justBooked: within 24 hours, by the airline's clock.
func justBooked(d ReservationDetails, now time.Time) bool {
	created, err := time.Parse(momentEST, d.CreatedAt)
	clock, err2 := time.Parse(momentEST, now.Format(momentEST))
	return err == nil && err2 == nil && clock.Sub(created) <= 24*time.Hour
}

// mayBeCompensated: silver and gold members, insured ones, and those in business.
func mayBeCompensated(r Reservation, membership string) *Refusal {
	if membership == "silver" || membership == "gold" || r.Insurance == "yes" || r.Cabin == Business {
		return nil
	}
	return refuse(NoCompensation, "Regular members without insurance are compensated in business only")
}

// disruptedSo: the facts are confirmed: a flight was cancelled; or one is late, and they have changed or cancelled.
func disruptedSo(r Reservation, w Work, reason string) *Refusal {
	for _, l := range w.replies(Look) {
		late := l.Standing.Status == IsLate || l.Severity == Late || l.Severity == LongDelay
		switch {
		case reason == "cancelled" && l.Severity == Cancelled:
			return nil
		case reason == "delayed" && late && (r.Cancelled() || slices.Contains(r.Left, l.Flight)):
			return nil
		}
	}
	return refuse(NoCompensation, "No flight of reservation %s is %s, or it was neither changed nor cancelled for that", r.ID, reason)
}

// compensationOf: a hundred dollars for each passenger of a cancelled flight, fifty for a delayed one.
func compensationOf(r Reservation, reason string, a Amount) *Refusal {
	due := Compensation(reason, r.Party())
	if a != due {
		return refuse(WrongCompensation, "The compensation is %v dollars, not %v", due, a)
	}
	return nil
}

// compensatedOnce: for each reason only once.
func compensatedOnce(r Reservation, reason string) *Refusal {
	if slices.Contains(r.Compensated, reason) {
		return refuse(AlreadyCompensated, "Reservation %s was compensated before", r.ID)
	}
	return nil
}

// standing is how a flight stood when it was asked, if it was.
func (w Work) standing(f FlightID) Standing {
	for _, a := range w.Asked {
		if a.Reply != nil && a.Reply.Flight == f {
			return a.Reply.Standing
		}
	}
	return Standing{}
}
