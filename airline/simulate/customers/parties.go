package customers

import (
	"time"

	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// most bounds Parties. On the calmest days hardly a flight is disrupted, and no customers have that much to
// write about.
const most = 20_000

// refunded is how late a flight must be for the money to be due by the airline's first rules.
var refunded = time.Duration(vocab.DefaultRules.RefundMinutes) * time.Minute

// Parties is how many customers it takes until about so many of them write a note that bears on a choice, and
// so has to be read: hundreds on the day of a storm, thousands on a quiet one. It is a multiple of 50, and at
// most 20,000.
func Parties(d *day.Day, readings int) int {
	fifths := 0
	for i := range d.Flights {
		fifths += choosers(&d.Flights[i])
	}

	if fifths == 0 {
		return most
	}
	parties := 2 * readings * 5 * len(d.Flights) / fifths // half of them write

	return min(most, (parties+49)/50*50)
}

// choosers are how many of five parties on a flight have something to choose before it leaves: all of them
// once the money is due; of those who are only late not the cheapest cabin, and others only where a flight
// with seats goes earlier.
func choosers(f *day.Flight) int {
	switch late := f.Departure.Sub(f.ScheduledDeparture); {
	case f.Cancelled() || late > refunded:
		return 5
	case late >= disrupted:
		return 2
	}
	return 0
}
