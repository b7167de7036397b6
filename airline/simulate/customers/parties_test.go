package customers_test

import (
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/simulate/customers"
	"github.com/slipstream-go/slipstream/airline/simulate/day"
)

// quiet is the day with so many of its disrupted flights.
func quiet(d *day.Day, bad int) *day.Day {
	q := &day.Day{Date: d.Date}
	for _, f := range d.Flights {
		if f.Disrupted(time.Hour) {
			if bad--; bad < 0 {
				continue
			}
		}
		q.Flights = append(q.Flights, f)
	}

	return q
}

func TestPartiesAreMoreOnAQuietDay(t *testing.T) {
	storm := nyc(t)
	few, more, many := customers.Parties(storm, 130), customers.Parties(quiet(storm, 200),
		130), customers.Parties(quiet(storm, 20), 130)
	if few != 650 || few >= more || more >= many || many >= 20_000 ||
		customers.Parties(storm, 260) < 2*few-50 {
		t.Errorf("%d parties in the storm, %d and %d on quiet days", few, more, many)
	}
}

func TestPartiesHaveABound(t *testing.T) {
	if n := customers.Parties(quiet(nyc(t), 0), 130); n != 20_000 {
		t.Errorf("%d parties for a day on which nothing happens", n)
	}
}
