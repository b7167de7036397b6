package vocab

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A FlightDate is a flight on one day, as the airline's systems show it. Which of the fields are there depends on the status.
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

func (d *FlightDate) Valid() error {
	if d == nil || d.FlightNumber == "" || d.Status == "" {
		return errors.New("airline: an inventory needs flight_number and status")
	}
	_, _, err := d.Scheduled()
	return err
}

// scheduled are the times of a date, by its texts.
func (d *FlightDate) Scheduled() (departure, arrival time.Time, err error) {
	if departure, err = onDate(d.Date, d.ScheduledDeparture); err != nil {
		return
	}
	arrival, err = onDate(d.Date, d.ScheduledArrival)
	return
}

// onDate reads a clock time on a day, or on the next with +1.
func onDate(date, clock string) (time.Time, error) {
	clock, next := strings.CutSuffix(clock, "+1")
	t, err := time.ParseInLocation(time.DateOnly+" "+ClockLayout, date+" "+clock, EST)
	if err != nil {
		return t, fmt.Errorf("airline: %q on %q is not a time: %w", clock, date, err)
	}
	if next {
		t = t.AddDate(0, 0, 1)
	}
	return t, nil
}
