package crowd_test

import (
	"slices"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/crowd"
	"github.com/slipstream-go/slipstream/airline/day"
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

func TestPartiesWriteEnough(t *testing.T) {
	storm, sizes := nyc(t), []int{}
	for _, d := range []*day.Day{storm, quiet(storm, 200), quiet(storm, 20)} {
		n, written := crowd.Parties(d, 200), 0
		sizes = append(sizes, n)
		for _, p := range crowd.New(d, n, 9).Customers {
			if p.Meaning != nil {
				written++
			}
		}
		if written < 150 || written > 250 {
			t.Errorf("%d parties of a day with %d flights write %d notes", n, len(d.Flights), written)
		}
	}
	if !slices.IsSorted(sizes) || sizes[0] == sizes[2] {
		t.Errorf("a quieter day has fewer parties: %v", sizes)
	}
	t.Logf("parties: %v", sizes)
}

func TestPartiesHaveABound(t *testing.T) {
	if n := crowd.Parties(quiet(nyc(t), 0), 200); n != 20_000 {
		t.Errorf("%d parties for a day on which nothing happens", n)
	}
}
