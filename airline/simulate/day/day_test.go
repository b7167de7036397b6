package day_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

func TestNYC(t *testing.T) {
	d, err := day.Read(day.NYC())
	if err != nil {
		t.Fatal(err)
	}

	cancelled, diverted, ids := 0, 0, map[vocab.FlightID]bool{}
	for _, f := range d.Flights {
		ids[f.ID] = true
		if f.Cancelled() {
			cancelled++
		} else if f.Diverted() {
			diverted++
		}

		if length := f.ScheduledArrival.Sub(f.ScheduledDeparture); length < 30*time.Minute ||
			length > 12*time.Hour {
			t.Errorf("%s takes %v", f.ID, length)
		}

		if f.Seats.Total() < 1 {
			t.Errorf("%s has no seats", f.ID)
		}
	}

	if len(ids) != 979 || cancelled != 180 || diverted != 1 || d.Date != "2013-03-08" {
		t.Errorf("%d flights of %s, %d cancelled, %d diverted", len(ids), d.Date, cancelled, diverted)
	}
	// San Juan is not among the airports; its flights say that it is an hour ahead of New York in winter.
	for _, f := range d.Flights {
		if _, offset := f.ScheduledArrival.Zone(); f.Destination == "SJU" && offset != -4*3600 {
			t.Errorf("%s: San Juan is at UTC%+d s", f.ID, offset)
		}
	}
}

func TestEventsInOrderAndInTime(t *testing.T) {
	d, err := day.Read(day.NYC())
	if err != nil {
		t.Fatal(err)
	}

	flights := map[vocab.FlightID]day.Flight{}
	for _, f := range d.Flights {
		flights[f.ID] = f
	}

	last, shrank := time.Time{}, 0
	told := map[vocab.FlightID]time.Time{}
	for _, e := range d.Events(nil) {
		f := flights[e.Flight]
		if e.Time.Before(last) {
			t.Fatalf("%s %s at %v comes after %v", e.Flight, e.Type, e.Time, last)
		}

		last = e.Time
		if err := e.Valid(); err != nil {
			t.Errorf("%s: %v", e.Flight, err)
		}

		switch e.Type {
		case vocab.FlightCancelled:
			if before := f.ScheduledDeparture.Sub(e.Time); before < 30*time.Minute || before > 6*time.Hour {
				t.Errorf("%s: cancelled %v before departure", e.Flight, before)
			}
		case vocab.FlightDelayed:
			if e.Departure.Before(told[e.Flight]) {
				shrank++
			}
			told[e.Flight] = e.Departure
		case vocab.FlightDeparted:
			if said, ok := told[e.Flight]; ok && !said.Equal(f.Departure) {
				t.Errorf("%s: said to leave at %v, left at %v", e.Flight, said, f.Departure)
			}
		}
	}

	if shrank == 0 {
		t.Error("no delay shrinks")
	}
}

// Another day, in another month, with other columns, a plane and an airport that nobody knows.
func other() fstest.MapFS {
	return fstest.MapFS{
		"flights.csv": {Data: []byte(`flight,carrier,origin,dest,tailnum,time_hour,minute,year,month,day,sched_dep_time,dep_time,dep_delay,sched_arr_time,arr_time,arr_delay,air_time
7,XX,JFK,LAX,N1,2013-07-04T22:00:00Z,30,2013,7,4,1830,1935,65,2130,2220,50,300
7,XX,LGA,QQQ,N9,2013-07-04T12:00:00Z,0,2013,7,4,800,800,0,930,930,0,60
9,XX,JFK,LAX,NA,2013-07-05T03:00:00Z,59,2013,7,4,2359,NA,NA,300,NA,NA,NA
`)},
		"planes.csv":   {Data: []byte("tailnum,seats\nN1,180\nN2,NA\n")},
		"airports.csv": {Data: []byte("faa,name,tz,tzone\nJFK,Kennedy,-5,America/New_York\nLGA,La Guardia,-5,America/New_York\nLAX,Los Angeles,-8,America/Los_Angeles\n")},
		"airlines.csv": {Data: []byte("carrier,name\nXX,Example\n")},
	}
}

func TestAnotherDay(t *testing.T) {
	d, err := day.Read(other())
	if err != nil {
		t.Fatal(err)
	}

	if len(d.Flights) != 3 || d.Flights[0].Destination != "QQQ" || d.Flights[0].Seats.Total() != 180 ||
		d.Flights[0].ID == d.Flights[1].ID {
		t.Errorf("%+v", d.Flights)
	}

	f := d.Flights[1]
	if got := f.ScheduledArrival.Format(time.RFC3339); got != "2013-07-04T21:30:00-07:00" { // daylight saving time
		t.Errorf("arrives %s", got)
	}

	if late := f.Arrival.Sub(f.ScheduledArrival); late != 50*time.Minute {
		t.Errorf("late by %v", late)
	}

	if !d.Flights[2].Cancelled() || d.Flights[2].ScheduledArrival.Day() != 5 {
		t.Errorf("%+v", d.Flights[2])
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	for want, spoil := range map[string]func(fstest.MapFS){
		"planes.csv": func(m fstest.MapFS) { delete(m, "planes.csv") },
		"flights.csv:1: no column origin": func(m fstest.MapFS) {
			m["flights.csv"].Data = []byte(strings.Replace(string(m["flights.csv"].Data), "origin", "from",
				1))
		},
		`flights.csv:2: column sched_arr_time: "2190"`: func(m fstest.MapFS) {
			m["flights.csv"].Data = []byte(strings.Replace(string(m["flights.csv"].Data), "2130", "2190", 1))
		},
		"flights.csv: no flights": func(m fstest.MapFS) {
			head, _, _ := strings.Cut(string(m["flights.csv"].Data), "\n")
			m["flights.csv"].Data = []byte(head + "\n")
		},
	} {
		m := other()
		spoil(m)

		if _, err := day.Read(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
