package flights

import (
	"time"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// withInventory replaces the row. The numbers of its replies and requests go on.
func (f Flight) withInventory(in Input[vocab.FlightEvent]) (Flight, []Effect) {
	if in.Event.Time.Before(f.AsOf) {
		return f, nil
	}

	stated := Flight{N: f.N, Shown: f.Shown, AsOf: in.Event.Time}.withDate(in.Event.Inventory, in.Rules)
	for id, h := range f.Holds {
		if h.State != Waiting {
			h.State, h.Seats = Gone, nil
		}
		stated.Holds = cow.With(stated.Holds, id, h)
	}

	return stated.seatWaiting(in, stated.listing(f), true)
}

func (f Flight) withDate(d *vocab.FlightDate, rules vocab.Rules) Flight {
	f.Schedule = vocab.Schedule{
		FlightNumber: d.FlightNumber, Date: d.Date, Origin: d.Origin, Destination: d.Destination,
	}
	f.ScheduledDeparture, f.ScheduledArrival, _ = d.Scheduled() // Valid has read them
	f.Departs, f.Arrives = d.ScheduledDeparture, d.ScheduledArrival
	f.Departure = firstTime(f.ScheduledDeparture, d.EstimatedDeparture, d.ActualDeparture)
	f.Arrival = firstTime(f.ScheduledArrival, d.EstimatedArrival, d.ActualArrival)
	f.Status = d.Status

	if free := d.AvailableSeats; free != nil {
		f.Seats = vocab.Seats{
			BasicEconomy: seatsOf(free.BasicEconomy),
			Economy:      seatsOf(free.Economy),
			Business:     seatsOf(free.Business),
		}
		f.Sold = vocab.Seats{
			BasicEconomy: f.Seats.BasicEconomy - free.BasicEconomy,
			Economy:      f.Seats.Economy - free.Economy,
			Business:     f.Seats.Business - free.Business,
		}
	}

	if d.Prices != nil {
		f.Prices = *d.Prices
	}

	switch d.Status {
	case vocab.StatusCancelled:
		f.Severity = vocab.SeverityCancelled
	case vocab.StatusDelayed, vocab.StatusOnTime:
		f.Severity = rules.Severity(f.Arrival.Sub(f.ScheduledArrival))
	}

	return f
}

// seatsOf is how many seats a cabin has of which only the free ones are known: twenty, or as many as are
// free.
func seatsOf(free int) int { return max(20, free) }

// firstTime returns the first text that is a time, or else the scheduled time.
func firstTime(scheduled time.Time, texts ...string) time.Time {
	for _, text := range texts {
		if t, err := time.ParseInLocation(vocab.MomentLayout, text, vocab.EST); err == nil {
			return t
		}
	}
	return scheduled
}

// Public returns the flight as the airline's systems show it.
func (f Flight) Public() vocab.FlightDate {
	d := vocab.FlightDate{
		FlightNumber: f.FlightNumber, Date: f.Date, Origin: f.Origin, Destination: f.Destination,
		Status: f.Status, ScheduledDeparture: f.departs(), ScheduledArrival: f.arrives(),
	}

	departure := f.Departure.Format(vocab.MomentLayout)
	arrival := f.Arrival.Format(vocab.MomentLayout)
	switch f.Status {
	case vocab.StatusAvailable:
		d.Prices = &f.Prices
		d.AvailableSeats = &vocab.SeatCounts{
			BasicEconomy: f.free(vocab.BasicEconomy),
			Economy:      f.free(vocab.Economy),
			Business:     f.free(vocab.Business),
		}
	case vocab.StatusOnTime, vocab.StatusDelayed:
		d.EstimatedDeparture, d.EstimatedArrival = departure, arrival
	case vocab.StatusFlying:
		d.ActualDeparture, d.EstimatedArrival = departure, arrival
	case vocab.StatusLanded:
		d.ActualDeparture, d.ActualArrival = departure, arrival
	}

	return d
}

// departs returns the scheduled departure as a text: as it was stated, or else the time.
func (f Flight) departs() string {
	if f.Departs != "" {
		return f.Departs
	}
	return f.ScheduledDeparture.Format(vocab.ClockLayout)
}

// arrives returns the scheduled arrival as a text. It ends in +1 if the flight lands on another day.
func (f Flight) arrives() string {
	if f.Arrives != "" {
		return f.Arrives
	}

	text := f.ScheduledArrival.Format(vocab.ClockLayout)
	if f.ScheduledArrival.Format(time.DateOnly) > f.Date {
		text += "+1"
	}
	return text
}
