package reservations

import (
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// firstRefusal returns the first refusal that is not nil, or nil.
func firstRefusal(all ...*vocab.Refusal) *vocab.Refusal {
	i := slices.IndexFunc(all, func(r *vocab.Refusal) bool { return r != nil })
	if i < 0 {
		return nil
	}
	return all[i]
}

// refusalOf returns why a flight refuses, for the caller of the tool, or nil if it does not.
func refusalOf(r vocab.SeatReply) *vocab.Refusal {
	number, date := r.Flight.Number(), r.Flight.Date()
	switch r.Why {
	case "":
		return nil
	case vocab.WhyUnknownFlight:
		return vocab.Refuse(vocab.FlightNotFound, "Flight %s not found", number)
	case vocab.WhyUnknownDate:
		return vocab.Refuse(vocab.FlightDateNotFound, "Flight %s not found on date %s", number, date)
	case vocab.WhyFull:
		return vocab.Refuse(vocab.NotEnoughSeats, "Not enough seats on flight %s", number)
	case vocab.WhySeatTaken:
		return vocab.Refuse(vocab.SeatTaken, "Flight %s has no such seats free", number)
	case vocab.WhyNoSeats:
		return vocab.Refuse(vocab.SeatTaken, "The seats on flight %s can't be changed", number)
	}

	return vocab.Refuse(vocab.FlightNotAvailable, "Flight %s not available on date %s", number, date)
}

func segmentOf(r vocab.SeatReply) vocab.Segment {
	return vocab.Segment{
		FlightNumber: r.Flight.Number(), Date: r.Flight.Date(),
		Origin: r.Standing.Origin, Destination: r.Standing.Destination, Price: r.Standing.Price,
	}
}

func legOf(r vocab.SeatReply) vocab.Leg {
	return vocab.Leg{
		Flight: r.Flight, Route: vocab.RouteKey(r.Standing.Origin, r.Standing.Destination),
		Held: r.Result == vocab.SeatsGranted, Seats: r.Seats,
		Departure: r.Standing.Departure, Arrival: r.Standing.Arrival, Severity: r.Severity, AsOf: r.AsOf,
	}
}
