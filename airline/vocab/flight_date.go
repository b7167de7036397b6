package vocab

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A FlightDate is a flight on one day, as the airline's systems show it. Its status decides which fields it
// has.
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

// Valid returns why a row can't be restated from d.
func (d *FlightDate) Valid() error {
	if d == nil || d.FlightNumber == "" || d.Status == "" {
		return errors.New("airline: an inventory needs flight_number and status")
	}
	_, _, err := d.Scheduled()
	return err
}

// Scheduled reads the scheduled times.
func (d *FlightDate) Scheduled() (departure, arrival time.Time, err error) {
	departure, err = readClock(d.Date, d.ScheduledDeparture)
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	arrival, err = readClock(d.Date, d.ScheduledArrival)
	return departure, arrival, err
}

// readClock reads a clock on a date, or on the day after the date if the clock ends in +1.
func readClock(date, clock string) (time.Time, error) {
	clock, isNextDay := strings.CutSuffix(clock, "+1")

	t, err := time.ParseInLocation(time.DateOnly+" "+ClockLayout, date+" "+clock, EST)
	if err != nil {
		return time.Time{}, fmt.Errorf("airline: %q on %q is not a time: %w", clock, date, err)
	}

	if isNextDay {
		t = t.AddDate(0, 0, 1)
	}

	return t, nil
}
