package flights

import (
	"time"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// seatsOf is how many seats a cabin has when only those that are free are known: twenty, or as many as are free.
func seatsOf(free int) int { return max(20, free) }

// withInventory replaces the row. The numbers of replies and requests go on; a later event of the same moment counts.
func (f Flight) withInventory(c Input[vocab.FlightEvent]) (Flight, []Effect) {
	if c.Event.Time.Before(f.AsOf) {
		return f, nil
	}
	n := Flight{N: f.N, Shown: f.Shown, AsOf: c.Event.Time}
	for id, h := range f.Holds {
		if h.State != Waiting {
			h.State, h.Seats = Gone, nil
		}
		n.Holds = cow.With(n.Holds, id, h)
	}
	n = n.stated(c.Event.Inventory, c.Rules)
	return n.seatWaiting(c, f.listing(n), true)
}

func (f Flight) stated(d *vocab.FlightDate, rules vocab.Rules) Flight {
	f.Schedule = vocab.Schedule{FlightNumber: d.FlightNumber, Date: d.Date, Origin: d.Origin, Destination: d.Destination}
	f.ScheduledDeparture, f.ScheduledArrival, _ = d.Scheduled() // Valid has read them
	f.Departs, f.Arrives, f.Status = d.ScheduledDeparture, d.ScheduledArrival, d.Status
	f.Departure = moment(f.ScheduledDeparture, d.EstimatedDeparture, d.ActualDeparture)
	f.Arrival = moment(f.ScheduledArrival, d.EstimatedArrival, d.ActualArrival)
	if free := d.AvailableSeats; free != nil {
		f.Seats = vocab.Seats{BasicEconomy: seatsOf(free.BasicEconomy), Economy: seatsOf(free.Economy), Business: seatsOf(free.Business)}
		f.Sold = vocab.Seats{BasicEconomy: f.Seats.BasicEconomy - free.BasicEconomy, Economy: f.Seats.Economy - free.Economy, Business: f.Seats.Business - free.Business}
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

// moment is the first of these texts that is one, else the scheduled time.
func moment(scheduled time.Time, texts ...string) time.Time {
	for _, text := range texts {
		if t, err := time.ParseInLocation(vocab.MomentLayout, text, vocab.EST); err == nil {
			return t
		}
	}
	return scheduled
}

// Public is the flight as the airline's systems show it.
func (f Flight) Public() vocab.FlightDate {
	d := vocab.FlightDate{FlightNumber: f.FlightNumber, Date: f.Date, Origin: f.Origin, Destination: f.Destination, Status: f.Status,
		ScheduledDeparture: f.departs(), ScheduledArrival: f.arrives()}
	departure, arrival := f.Departure.Format(vocab.MomentLayout), f.Arrival.Format(vocab.MomentLayout)
	switch f.Status {
	case vocab.StatusAvailable:
		d.AvailableSeats = &vocab.SeatCounts{BasicEconomy: f.free(vocab.BasicEconomy), Economy: f.free(vocab.Economy), Business: f.free(vocab.Business)}
		d.Prices = &f.Prices
	case vocab.StatusOnTime, vocab.StatusDelayed:
		d.EstimatedDeparture, d.EstimatedArrival = departure, arrival
	case vocab.StatusFlying:
		d.ActualDeparture, d.EstimatedArrival = departure, arrival
	case vocab.StatusLanded:
		d.ActualDeparture, d.ActualArrival = departure, arrival
	}
	return d
}

// departs and arrives are the scheduled times as texts, as they were stated or else made of the times.
func (f Flight) departs() string {
	if f.Departs != "" {
		return f.Departs
	}
	return f.ScheduledDeparture.Format(vocab.ClockLayout)
}

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
