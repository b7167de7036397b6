package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// The agent shares no code with the airline, only its topics. What the airline writes there, it reads.
func TestReadsWhatTheAirlineWrites(t *testing.T) {
	for name, is := range map[string]string{
		string(Decisions):   string(vocab.Decisions),
		string(Disruptions): string(vocab.Disruptions),
	} {
		if name != is {
			t.Errorf("topic %s is called %s", name, is)
		}
	}

	booked := time.Date(2013, 3, 8, 19, 0, 0, 0, time.FixedZone("", -5*3600))
	var d Decision
	through(t, vocab.Decision{Case: "case", Reservation: "R1", Flight: "UA1.2013-03-08", Party: 3,
		Outcome: vocab.Rebooked, Note: "a dog",
		Trip: vocab.Trip{Departure: booked.Add(12 * time.Hour)}, Facts: vocab.Facts{BookedDeparture: booked,
			Options: []vocab.Trip{{Departure: booked.Add(time.Hour)}}}, Time: booked}, &d)

	if d.Case != "case" || d.Reservation != "R1" || d.Flight != "UA1.2013-03-08" || d.Party != 3 ||
		d.Note != "a dog" || !d.Time.Equal(booked) ||
		len(d.Facts.Options) != 1 || d.night() != "2013-03-08" {
		t.Errorf("a decision became %+v, of night %q", d, d.night())
	}

	var disruption Disruption
	through(t, vocab.Disruption{Flight: "UA1.2013-03-08",
		News: vocab.News{Route: vocab.RouteKey("EWR", "BOS")}}, &disruption)

	if g, _ := (Guest{}).withDisruption(disruption); g.From["UA1.2013-03-08"] != "NYC" {
		t.Errorf("a disruption became %+v", disruption)
	}
}

// through writes as one side does, and reads as the other.
func through(t *testing.T, written, read any) {
	t.Helper()

	b, err := json.Marshal(written)
	if err == nil {
		err = json.Unmarshal(b, read)
	}

	if err != nil {
		t.Fatal(err)
	}
}
