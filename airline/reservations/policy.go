package reservations

import (
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// This file has the airline's policy for customers, a function a rule. Each returns why it forbids something,
// or nil. Those about flights look at how the flights stood when they were asked.

// checkPartySize allows one to five passengers under one reservation.
func checkPartySize(n int) *vocab.Refusal {
	if n < 1 || n > 5 {
		return vocab.Refuse(vocab.TooManyPassengers, "A reservation is for one to five passengers, not %d", n)
	}
	return nil
}

// checkFlightsUnique wants at least one flight, and each flight once.
func checkFlightsUnique(flights []FlightInfo) *vocab.Refusal {
	if len(flights) == 0 {
		return vocab.Refuse(vocab.RouteChanged, "No flights")
	}

	for i, f := range flights {
		if slices.Contains(flights[:i], f) {
			return vocab.Refuse(vocab.RouteChanged, "Flight %s on %s is there twice", f.FlightNumber, f.Date)
		}
	}

	return nil
}

// checkRoute wants the flights to lead from origin to destination, and back on a round trip.
func checkRoute(d vocab.ReservationDetails) *vocab.Refusal {
	at := vocab.City(d.Origin)
	wasThere := false
	for _, s := range d.Flights {
		if vocab.City(s.Origin) != at {
			return vocab.Refuse(vocab.RouteChanged, "Flight %s leaves from %s, not from %s",
				s.FlightNumber, s.Origin, at)
		}
		at = vocab.City(s.Destination)
		wasThere = wasThere || at == vocab.City(d.Destination)
	}

	end := d.Destination
	if d.FlightType == "round_trip" {
		end = d.Origin
	}

	if !wasThere || at != vocab.City(end) {
		return vocab.Refuse(vocab.RouteChanged, "These flights don't lead from %s to %s (%s)",
			d.Origin, d.Destination, d.FlightType)
	}

	return nil
}

// checkOrder wants each flight to leave after the one before it arrives, as far as the flights were asked.
func checkOrder(w Work, flights []vocab.Segment) *vocab.Refusal {
	var arrived time.Time
	for _, s := range flights {
		standing := w.standing(s.Flight())
		if standing.Departure.IsZero() {
			continue
		}

		if standing.Departure.Before(arrived) {
			return vocab.Refuse(vocab.RouteChanged, "Flight %s leaves before the one before it arrives",
				s.FlightNumber)
		}
		arrived = standing.Arrival
	}

	return nil
}

// maxBags bounds the bags of a reservation, so that their price can't overflow.
const maxBags = 100

// checkBagCounts refuses counts that are negative, contradictory or excessive.
func checkBagCounts(total, nonfree int) *vocab.Refusal {
	if nonfree < 0 || nonfree > total || total > maxBags {
		return vocab.Refuse(vocab.BagAllowance, "%d bags, %d of them to be paid", total, nonfree)
	}
	return nil
}

// checkBagsPaid wants all bags beyond the allowance of membership and cabin to be paid.
func checkBagsPaid(d vocab.ReservationDetails, membership string) *vocab.Refusal {
	free := FreeBags(membership, d.Cabin, d.Party())
	due := d.TotalBaggages - free
	if d.NonfreeBaggages < due {
		return vocab.Refuse(vocab.BagAllowance, "%d bags are free, so that %d of %d must be paid",
			free, due, d.TotalBaggages)
	}
	return nil
}

// checkNoBagsRemoved allows additional bags only.
func checkNoBagsRemoved(r Reservation, total, nonfree int) *vocab.Refusal {
	if total < r.TotalBaggages || nonfree < r.NonfreeBaggages {
		return vocab.Refuse(vocab.BagsRemoved, "Bags can be added, but not removed")
	}
	return nil
}

// checkNotCancelled forbids all changes of a cancelled reservation.
func checkNotCancelled(r Reservation) *vocab.Refusal {
	if r.IsCancelled() {
		return vocab.Refuse(vocab.AlreadyCancelled, "Reservation %s was cancelled", r.ID)
	}
	return nil
}

// checkStillOn forbids the airline to move a party that has left the flight in the meantime.
func checkStillOn(r Reservation, f vocab.FlightID) *vocab.Refusal {
	if f != "" && !isOn(r.Flights, f) {
		return vocab.Refuse(vocab.RouteChanged, "Reservation %s is no longer on flight %s", r.ID, f.Number())
	}
	return nil
}

// checkNotFlown forbids changes once a flight has left. From then on, people change the reservation.
func checkNotFlown(w Work) *vocab.Refusal {
	for _, r := range w.replies(vocab.LookAtFlight) {
		if r.Standing.Status.HasLeft() {
			return vocab.Refuse(vocab.AlreadyFlown, "Flight %s on %s has already been flown",
				r.Flight.Number(), r.Flight.Date())
		}
	}
	return nil
}

// checkFlownKept wants a change to keep the flights that have left, and then the cabin, too.
func checkFlownKept(r Reservation, w Work, p plan) *vocab.Refusal {
	why := checkNotFlown(w)
	if why != nil && p.Cabin == r.Cabin && keepsFlown(p.Flights, w) {
		return nil
	}
	return why
}

// keepsFlown reports whether all flights that have left are among these.
func keepsFlown(flights []vocab.Segment, w Work) bool {
	return !slices.ContainsFunc(w.replies(vocab.LookAtFlight), func(r vocab.SeatReply) bool {
		return r.Standing.Status.HasLeft() && !isOn(flights, r.Flight)
	})
}

// checkBasicEconomy forbids other flights in basic economy, unless the airline has disrupted them. Another
// cabin is fine.
func checkBasicEconomy(r Reservation, flights []FlightInfo, waiver bool) *vocab.Refusal {
	if r.Cabin != vocab.BasicEconomy || waiver {
		return nil
	}

	same := func(s vocab.Segment, f FlightInfo) bool { return s.Flight() == f.id() }
	if !slices.EqualFunc(r.Flights, flights, same) {
		return vocab.Refuse(vocab.BasicEconomyFixed, "Basic economy flights can't be changed")
	}
	return nil
}

// checkWaiver allows a change free of charge if the airline has disrupted one of the flights that the party
// leaves. The change keeps the cabin, and about the day.
func checkWaiver(r Reservation, w Work, p plan) *vocab.Refusal {
	lastDate := "" // of the disrupted flights
	for _, l := range w.replies(vocab.LookAtFlight) {
		if !isOn(p.Flights, l.Flight) && vocab.DefaultRules.MayRebook(l.Severity, r.Cabin) {
			lastDate = max(lastDate, l.Flight.Date())
		}
	}

	switch {
	case lastDate == "":
		return vocab.Refuse(vocab.NoWaiver, "None of the flights that would be left is late or cancelled")
	case p.Cabin != r.Cabin:
		return vocab.Refuse(vocab.NoWaiver, "A change that the airline pays for keeps the cabin")
	}

	return checkWaiverDates(lastDate, r, p)
}

// waiverDays is how long after a disrupted flight its replacement may leave.
const waiverDays = 3

// checkWaiverDates wants the new flights to leave soon after the disrupted one, and later flights to stay as
// they are: a delay on the way there does not disrupt the way back.
func checkWaiverDates(date string, r Reservation, p plan) *vocab.Refusal {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil // a date of no calendar bounds nothing
	}

	end := day.AddDate(0, 0, waiverDays).Format(time.DateOnly)
	for _, s := range r.Flights {
		if s.Date > end && !isOn(p.Flights, s.Flight()) {
			return vocab.Refuse(vocab.NoWaiver,
				"Flight %s on %s is not disrupted: it can't be changed with the others, only by itself",
				s.FlightNumber, s.Date)
		}
	}

	for _, s := range p.Flights {
		if s.Date > end && !isOn(r.Flights, s.Flight()) {
			return vocab.Refuse(vocab.NoWaiver, "A change that the airline pays for leaves by %s", end)
		}
	}

	return nil
}

// checkCancellable allows a cancellation within 24 hours of the booking, in business, if the insurance covers
// the reason, or if the airline has cancelled a flight or delayed it for long.
func checkCancellable(r Reservation, w Work, reason string) *vocab.Refusal {
	isCovered := r.Insurance == "yes" && (reason == "health" || reason == "weather")
	isDisrupted := slices.ContainsFunc(w.replies(vocab.LookAtFlight), func(l vocab.SeatReply) bool {
		return vocab.DefaultRules.MayRefund(l.Severity)
	})
	if r.Cabin == vocab.Business || isCovered || isDisrupted ||
		isJustBooked(r.ReservationDetails, w.Order.Time) {
		return nil
	}

	return vocab.Refuse(vocab.NotCancellable,
		"Reservation %s can't be cancelled: it was booked more than 24 hours ago, its flights are not cancelled, "+
			"it is not in business, and no insurance covers the reason", r.ID)
}

// isJustBooked reports whether the booking is at most 24 hours old, by the airline's clock.
func isJustBooked(d vocab.ReservationDetails, now time.Time) bool {
	created, err := time.Parse(vocab.MomentLayout, d.CreatedAt)
	if err != nil {
		return false
	}
	clock := time.Date(now.Year(), now.Month(), now.Day(), now.Hour(), now.Minute(), now.Second(), 0,
		time.UTC)
	return clock.Sub(created) <= 24*time.Hour
}

// checkEligible allows compensations of silver and gold members, of insured parties, and in business.
func checkEligible(r Reservation, membership string) *vocab.Refusal {
	if membership == "silver" || membership == "gold" || r.Insurance == "yes" || r.Cabin == vocab.Business {
		return nil
	}
	return vocab.Refuse(vocab.NoCompensation,
		"Regular members without insurance are compensated in business only")
}

// checkDisrupted confirms the reason of a compensation: a flight was cancelled; or a flight is delayed, and
// the party has changed it or cancelled.
func checkDisrupted(r Reservation, w Work, reason string) *vocab.Refusal {
	for _, l := range w.replies(vocab.LookAtFlight) {
		isLate := l.Severity == vocab.SeverityLate || l.Severity == vocab.SeverityLongDelay
		isDelayed := isLate || l.Standing.Status == vocab.StatusDelayed
		switch {
		case reason == "cancelled" && l.Severity == vocab.SeverityCancelled:
			return nil
		case reason == "delayed" && isDelayed && (r.IsCancelled() || slices.Contains(r.Left, l.Flight)):
			return nil
		}
	}

	return vocab.Refuse(vocab.NoCompensation,
		"No flight of reservation %s is %s, or it was neither changed nor cancelled for that", r.ID, reason)
}

// checkCompensation wants the amount that the policy names.
func checkCompensation(r Reservation, reason string, a vocab.Amount) *vocab.Refusal {
	due := Compensation(reason, r.Party())
	if a != due {
		return vocab.Refuse(vocab.WrongCompensation, "The compensation is %v dollars, not %v", due, a)
	}
	return nil
}

// checkNotCompensated allows one compensation for each reason.
func checkNotCompensated(r Reservation, reason string) *vocab.Refusal {
	if slices.Contains(r.Compensated, reason) {
		return vocab.Refuse(vocab.AlreadyCompensated, "Reservation %s was compensated before", r.ID)
	}
	return nil
}
