package reservations

import (
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// first is the first refusal, if there is any.
func firstRefusal(all ...*vocab.Refusal) *vocab.Refusal {
	if i := slices.IndexFunc(all, func(r *vocab.Refusal) bool { return r != nil }); i >= 0 {
		return all[i]
	}
	return nil
}

// refusal is the desk's word in the words of the tools.
func refusalOf(r vocab.SeatReply) *vocab.Refusal {
	number := r.Flight.Number()
	switch r.Why {
	case "":
		return nil
	case "unknown flight":
		return vocab.Refuse(vocab.FlightNotFound, "Flight %s not found", number)
	case "unknown date":
		return vocab.Refuse(vocab.FlightDateNotFound, "Flight %s not found on date %s", number, r.Flight.Date())
	case "full":
		return vocab.Refuse(vocab.NotEnoughSeats, "Not enough seats on flight %s", number)
	case "seat taken":
		return vocab.Refuse(vocab.SeatTaken, "Flight %s has no such seats free", number)
	case "no seats to change":
		return vocab.Refuse(vocab.SeatTaken, "The seats on flight %s can't be changed", number)
	}
	return vocab.Refuse(vocab.FlightNotAvailable, "Flight %s not available on date %s", number, r.Flight.Date())
}

func segmentOf(r vocab.SeatReply) vocab.Segment {
	return vocab.Segment{FlightNumber: r.Flight.Number(), Origin: r.Standing.Origin, Destination: r.Standing.Destination, Date: r.Flight.Date(), Price: r.Standing.Price}
}

func legOf(r vocab.SeatReply) vocab.Leg {
	return vocab.Leg{Flight: r.Flight, Route: vocab.RouteKey(r.Standing.Origin, r.Standing.Destination), Held: r.Result == vocab.SeatsGranted,
		Seats: r.Seats, Departure: r.Standing.Departure, Arrival: r.Standing.Arrival, Severity: r.Severity, AsOf: r.AsOf}
}
