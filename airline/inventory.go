package airline

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A FlightDate is a flight on one day in the fields of tau2-bench. Which of the fields are there depends on the status.
type FlightDate struct {
	FlightNumber       string      `json:"flight_number"`
	Date               string      `json:"date"`
	Origin             string      `json:"origin"`
	Destination        string      `json:"destination"`
	ScheduledDeparture string      `json:"scheduled_departure_time_est"` // 06:00:00
	ScheduledArrival   string      `json:"scheduled_arrival_time_est"`   // 01:30:00+1 is on the next day
	Status             Status      `json:"status"`
	AvailableSeats     *SeatCounts `json:"available_seats,omitempty"`
	Prices             *Prices     `json:"prices,omitempty"`
	EstimatedDeparture string      `json:"estimated_departure_time_est,omitempty"` // 2024-05-15T06:26:00
	EstimatedArrival   string      `json:"estimated_arrival_time_est,omitempty"`
	ActualDeparture    string      `json:"actual_departure_time_est,omitempty"`
	ActualArrival      string      `json:"actual_arrival_time_est,omitempty"`
}

// SeatCounts are Seats that say it when there are none.
type SeatCounts struct {
	BasicEconomy int `json:"basic_economy"`
	Economy      int `json:"economy"`
	Business     int `json:"business"`
}

// est is the zone of times that carry none.
var est = time.FixedZone("EST", -5*3600)

const (
	clockEST  = "15:04:05"
	momentEST = "2006-01-02T15:04:05"
)

func (d *FlightDate) valid() error {
	if d == nil || d.FlightNumber == "" || d.Status == "" {
		return errors.New("airline: an inventory needs flight_number and status")
	}
	_, _, err := d.scheduled()
	return err
}

// scheduled are the times of a date, by its texts.
func (d *FlightDate) scheduled() (departure, arrival time.Time, err error) {
	if departure, err = onDate(d.Date, d.ScheduledDeparture); err != nil {
		return
	}
	arrival, err = onDate(d.Date, d.ScheduledArrival)
	return
}

// onDate reads a clock time on a day, or on the next with +1.
func onDate(date, clock string) (time.Time, error) {
	clock, next := strings.CutSuffix(clock, "+1")
	t, err := time.ParseInLocation(time.DateOnly+" "+clockEST, date+" "+clock, est)
	if err != nil {
		return t, fmt.Errorf("airline: %q on %q is not a time: %w", clock, date, err)
	}
	if next {
		t = t.AddDate(0, 0, 1)
	}
	return t, nil
}

// seatsOf is how many seats a cabin has when only those that are free are known: twenty, or as many as are free.
func seatsOf(free int) int { return max(20, free) }

// withInventory replaces the row. The numbers of replies and requests go on; a later event of the same moment counts.
func (f Flight) withInventory(c flightCase[FlightEvent]) (Flight, []flightEffect) {
	if c.Event.Time.Before(f.AsOf) {
		return f, nil
	}
	n := Flight{N: f.N, Shown: f.Shown, AsOf: c.Event.Time}
	for id, h := range f.Holds {
		if h.State != Waiting {
			h.State, h.Seats = Gone, nil
		}
		n.Holds = with(n.Holds, id, h)
	}
	n = n.stated(c.Event.Inventory, c.Rules)
	return n.seatWaiting(c, f.listed(n), true)
}

func (f Flight) stated(d *FlightDate, rules Rules) Flight {
	f.Schedule = Schedule{FlightNumber: d.FlightNumber, Date: d.Date, Origin: d.Origin, Destination: d.Destination}
	f.ScheduledDeparture, f.ScheduledArrival, _ = d.scheduled() // Valid has read them
	f.Departs, f.Arrives, f.Status = d.ScheduledDeparture, d.ScheduledArrival, d.Status
	f.Departure = moment(f.ScheduledDeparture, d.EstimatedDeparture, d.ActualDeparture)
	f.Arrival = moment(f.ScheduledArrival, d.EstimatedArrival, d.ActualArrival)
	if free := d.AvailableSeats; free != nil {
		f.Seats = Seats{seatsOf(free.BasicEconomy), seatsOf(free.Economy), seatsOf(free.Business)}
		f.Sold = Seats{f.Seats.BasicEconomy - free.BasicEconomy, f.Seats.Economy - free.Economy, f.Seats.Business - free.Business}
	}
	if d.Prices != nil {
		f.Prices = *d.Prices
	}
	switch d.Status {
	case IsCanceled:
		f.Severity = Cancelled
	case IsLate, OnTime:
		f.Severity = rules.severity(f.Arrival.Sub(f.ScheduledArrival))
	}
	return f
}

// moment is the first of these texts that is one, else the scheduled time.
func moment(scheduled time.Time, texts ...string) time.Time {
	for _, text := range texts {
		if t, err := time.ParseInLocation(momentEST, text, est); err == nil {
			return t
		}
	}
	return scheduled
}

// Public is the flight as the airline's systems show it.
func (f Flight) Public() FlightDate {
	d := FlightDate{FlightNumber: f.FlightNumber, Date: f.Date, Origin: f.Origin, Destination: f.Destination, Status: f.Status,
		ScheduledDeparture: f.departs(), ScheduledArrival: f.arrives()}
	departure, arrival := f.Departure.Format(momentEST), f.Arrival.Format(momentEST)
	switch f.Status {
	case Available:
		d.AvailableSeats = &SeatCounts{f.free(BasicEconomy), f.free(Economy), f.free(Business)}
		d.Prices = &f.Prices
	case OnTime, IsLate:
		d.EstimatedDeparture, d.EstimatedArrival = departure, arrival
	case Flying:
		d.ActualDeparture, d.EstimatedArrival = departure, arrival
	case Landed:
		d.ActualDeparture, d.ActualArrival = departure, arrival
	}
	return d
}

// departs and arrives are the scheduled times as texts, as they were stated or else made of the times.
func (f Flight) departs() string {
	if f.Departs != "" {
		return f.Departs
	}
	return f.ScheduledDeparture.Format(clockEST)
}

func (f Flight) arrives() string {
	if f.Arrives != "" {
		return f.Arrives
	}
	text := f.ScheduledArrival.Format(clockEST)
	if f.ScheduledArrival.Format(time.DateOnly) > f.Date {
		text += "+1"
	}
	return text
}
