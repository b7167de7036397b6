package reservations

import (
	"cmp"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// partyAllowed: at most five travel under one reservation.
func checkPartySize(n int) *vocab.Refusal {
	if n < 1 || n > 5 {
		return vocab.Refuse(vocab.TooManyPassengers, "A reservation is for one to five passengers, not %d", n)
	}
	return nil
}

// flightsOnce: a reservation has flights, each of them once.
func checkFlightsUnique(flights []FlightInfo) *vocab.Refusal {
	if len(flights) == 0 {
		return vocab.Refuse(vocab.RouteChanged, "No flights")
	}
	for i, f := range flights {
		if slices.ContainsFunc(flights[:i], func(g FlightInfo) bool { return f.id() == g.id() }) {
			return vocab.Refuse(vocab.RouteChanged, "Flight %s on %s is there twice", f.FlightNumber, f.Date)
		}
	}
	return nil
}

// routeKept: the flights lead from origin to destination, and back on a round trip.
func checkRoute(d vocab.ReservationDetails) *vocab.Refusal {
	at, there := vocab.City(d.Origin), false
	for _, s := range d.Flights {
		if vocab.City(s.Origin) != at {
			return vocab.Refuse(vocab.RouteChanged, "Flight %s leaves from %s, not from %s", s.FlightNumber, s.Origin, at)
		}
		at = vocab.City(s.Destination)
		there = there || at == vocab.City(d.Destination)
	}
	end := d.Destination
	if d.FlightType == "round_trip" {
		end = d.Origin
	}
	if !there || at != vocab.City(end) {
		return vocab.Refuse(vocab.RouteChanged, "These flights don't lead from %s to %s (%s)", d.Origin, d.Destination, d.FlightType)
	}
	return nil
}

// inOrder: each flight that was asked leaves after the one before has arrived.
func checkOrder(w Work, flights []vocab.Segment) *vocab.Refusal {
	var arrived time.Time
	for _, s := range flights {
		r := w.standing(s.Flight())
		if r.Departure.IsZero() {
			continue
		}
		if r.Departure.Before(arrived) {
			return vocab.Refuse(vocab.RouteChanged, "Flight %s leaves before the one before it arrives", s.FlightNumber)
		}
		arrived = r.Arrival
	}
	return nil
}

// maxBags bounds the bags of a reservation, and with them the price: an amount that is too large would come out as another.
const maxBags = 100

// bagsCounted: not fewer than none, not more to be paid than there are, and not more than anybody has.
func checkBagCounts(total, nonfree int) *vocab.Refusal {
	if nonfree < 0 || nonfree > total || total > maxBags {
		return vocab.Refuse(vocab.BagAllowance, "%d bags, %d of them to be paid", total, nonfree)
	}
	return nil
}

// bagsPaid: what is beyond the allowance of membership and cabin is paid.
func checkBagsPaid(d vocab.ReservationDetails, membership string) *vocab.Refusal {
	free := FreeBags(membership, d.Cabin, d.Party())
	if d.NonfreeBaggages < d.TotalBaggages-free {
		return vocab.Refuse(vocab.BagAllowance, "%d bags are free, so that %d of %d must be paid", free, d.TotalBaggages-free, d.TotalBaggages)
	}
	return nil
}

// bagsAdded: bags can be added, but not removed.
func checkNoBagsRemoved(r Reservation, total, nonfree int) *vocab.Refusal {
	if total < r.TotalBaggages || nonfree < r.NonfreeBaggages {
		return vocab.Refuse(vocab.BagsRemoved, "Bags can be added, but not removed")
	}
	return nil
}

// notCancelled: what was cancelled is over.
func checkNotCancelled(r Reservation) *vocab.Refusal {
	if r.IsCancelled() {
		return vocab.Refuse(vocab.AlreadyCancelled, "Reservation %s was cancelled", r.ID)
	}
	return nil
}

// stillOn: the airline moves nobody who has moved meanwhile.
func checkStillOn(r Reservation, f vocab.FlightID) *vocab.Refusal {
	if f != "" && !slices.ContainsFunc(r.Flights, func(s vocab.Segment) bool { return s.Flight() == f }) {
		return vocab.Refuse(vocab.RouteChanged, "Reservation %s is no longer on flight %s", r.ID, f.Number())
	}
	return nil
}

// notFlown: once a flight of it has left, a reservation is for people to change.
func checkNotFlown(w Work) *vocab.Refusal {
	for _, r := range w.replies(vocab.LookAtFlight) {
		if r.Standing.Status.HasLeft() {
			return vocab.Refuse(vocab.AlreadyFlown, "Flight %s on %s has already been flown", r.Flight.Number(), r.Flight.Date())
		}
	}
	return nil
}

// flownKept: flights that have left stay as they are, and so does the cabin then.
func checkFlownKept(r Reservation, w Work, p plan) *vocab.Refusal {
	if why := checkNotFlown(w); why != nil && (p.Cabin != r.Cabin || !keepsFlown(p.Flights, w)) {
		return why
	}
	return nil
}

// kept says whether all flights that have left are among these.
func keepsFlown(flights []vocab.Segment, w Work) bool {
	for _, l := range w.replies(vocab.LookAtFlight) {
		if l.Standing.Status.HasLeft() && !slices.ContainsFunc(flights, func(s vocab.Segment) bool { return s.Flight() == l.Flight }) {
			return false
		}
	}
	return true
}

// basicEconomyKept: flights in basic economy can't be changed, only the cabin; but they can when the airline has
// disrupted them.
func checkBasicEconomy(r Reservation, flights []FlightInfo, waiver bool) *vocab.Refusal {
	if r.Cabin != vocab.BasicEconomy || waiver {
		return nil
	}
	same := slices.EqualFunc(r.Flights, flights, func(s vocab.Segment, f FlightInfo) bool { return s.Flight() == f.id() })
	if !same {
		return vocab.Refuse(vocab.BasicEconomyFixed, "Basic economy flights can't be changed")
	}
	return nil
}

// waiverDays is how long after a disrupted flight one that replaces it may leave.
const waiverDays = 3

// waiverDue: a change is free of charge if the airline has disrupted one of the flights that are left, and it keeps the
// cabin, about the day, and the flights of other days: the way back is not disrupted by a delay on the way there.
func checkWaiver(r Reservation, w Work, p plan) *vocab.Refusal {
	var disrupted []vocab.SeatReply
	for _, l := range w.replies(vocab.LookAtFlight) {
		left := !slices.ContainsFunc(p.Flights, func(s vocab.Segment) bool { return s.Flight() == l.Flight })
		if left && vocab.DefaultRules.MayRebook(l.Severity, r.Cabin) {
			disrupted = append(disrupted, l)
		}
	}
	switch {
	case len(disrupted) == 0:
		return vocab.Refuse(vocab.NoWaiver, "None of the flights that would be left is late or cancelled")
	case p.Cabin != r.Cabin:
		return vocab.Refuse(vocab.NoWaiver, "A change that the airline pays for keeps the cabin")
	}
	last := slices.MaxFunc(disrupted, func(a, b vocab.SeatReply) int { return cmp.Compare(a.Flight.Date(), b.Flight.Date()) }).Flight.Date()
	return checkWaiverDates(last, r, p)
}

func checkWaiverDates(date string, r Reservation, p plan) *vocab.Refusal {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil // a date of no calendar bounds nothing
	}
	end := day.AddDate(0, 0, waiverDays).Format(time.DateOnly)
	for _, s := range r.Flights {
		stays := slices.ContainsFunc(p.Flights, func(n vocab.Segment) bool { return n.Flight() == s.Flight() })
		if !stays && s.Date > end {
			return vocab.Refuse(vocab.NoWaiver, "Flight %s on %s is not disrupted: it can't be changed with the others, only by itself", s.FlightNumber, s.Date)
		}
	}
	for _, s := range p.Flights {
		was := slices.ContainsFunc(r.Flights, func(o vocab.Segment) bool { return o.Flight() == s.Flight() })
		if !was && s.Date > end {
			return vocab.Refuse(vocab.NoWaiver, "A change that the airline pays for leaves by %s", end)
		}
	}
	return nil
}

// cancellable: within 24 hours of booking, or if the airline has cancelled or long delayed a flight, or in business, or
// insured for the reason.
func checkCancellable(r Reservation, w Work, reason string) *vocab.Refusal {
	insured := r.Insurance == "yes" && (reason == "health" || reason == "weather")
	disrupted := slices.ContainsFunc(w.replies(vocab.LookAtFlight), func(l vocab.SeatReply) bool { return vocab.DefaultRules.MayRefund(l.Severity) })
	if r.Cabin == vocab.Business || insured || disrupted || isJustBooked(r.ReservationDetails, w.Order.Time) {
		return nil
	}
	return vocab.Refuse(vocab.NotCancellable, "Reservation %s can't be cancelled: it was booked more than 24 hours ago, its flights are not cancelled, it is not in business, and no insurance covers the reason", r.ID)
}

// justBooked: within 24 hours, by the airline's clock.
func isJustBooked(d vocab.ReservationDetails, now time.Time) bool {
	created, err := time.Parse(vocab.MomentLayout, d.CreatedAt)
	clock, err2 := time.Parse(vocab.MomentLayout, now.Format(vocab.MomentLayout))
	return err == nil && err2 == nil && clock.Sub(created) <= 24*time.Hour
}

// mayBeCompensated: silver and gold members, insured ones, and those in business.
func checkEligible(r Reservation, membership string) *vocab.Refusal {
	if membership == "silver" || membership == "gold" || r.Insurance == "yes" || r.Cabin == vocab.Business {
		return nil
	}
	return vocab.Refuse(vocab.NoCompensation, "Regular members without insurance are compensated in business only")
}

// disruptedSo: the facts are confirmed: a flight was cancelled; or one is late, and they have changed or cancelled.
func checkDisrupted(r Reservation, w Work, reason string) *vocab.Refusal {
	for _, l := range w.replies(vocab.LookAtFlight) {
		late := l.Standing.Status == vocab.StatusDelayed || l.Severity == vocab.SeverityLate || l.Severity == vocab.SeverityLongDelay
		switch {
		case reason == "cancelled" && l.Severity == vocab.SeverityCancelled:
			return nil
		case reason == "delayed" && late && (r.IsCancelled() || slices.Contains(r.Left, l.Flight)):
			return nil
		}
	}
	return vocab.Refuse(vocab.NoCompensation, "No flight of reservation %s is %s, or it was neither changed nor cancelled for that", r.ID, reason)
}

// compensationOf: a hundred dollars for each passenger of a cancelled flight, fifty for a delayed one.
func checkCompensation(r Reservation, reason string, a vocab.Amount) *vocab.Refusal {
	due := Compensation(reason, r.Party())
	if a != due {
		return vocab.Refuse(vocab.WrongCompensation, "The compensation is %v dollars, not %v", due, a)
	}
	return nil
}

// compensatedOnce: for each reason only once.
func checkNotCompensated(r Reservation, reason string) *vocab.Refusal {
	if slices.Contains(r.Compensated, reason) {
		return vocab.Refuse(vocab.AlreadyCompensated, "Reservation %s was compensated before", r.ID)
	}
	return nil
}
