package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/state"
)

// Who names nobody is somebody whose flight is late and has yet to leave; and is told what a newcomer needs
// to know.
func TestPeople(t *testing.T) {
	at := func(clock string) time.Time {
		v, err := time.Parse(time.RFC3339, "2013-03-08T"+clock+":00-05:00")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	flight := func(number string, s vocab.Status, planned, now string, by vocab.CustomerID) flights.Flight {
		return flights.Flight{Schedule: vocab.Schedule{FlightNumber: number, Origin: "EWR",
			Destination: "BOS"}, Status: s,
			ScheduledDeparture: at(planned), Departure: at(now), Arrival: at(now).Add(time.Hour),
			Holds: map[flights.HoldID]flights.Hold{"R/economy": {Customer: by, State: flights.Held}}}
	}
	rows := map[string]any{
		"/tables/flights": map[string]any{"rows": []map[string]any{
			{"key": "1", "value": flight("UA1", vocab.StatusDelayed, "12:00", "13:10", "c-soon")}, // in ten minutes
			{"key": "2", "value": flight("UA2", vocab.StatusAvailable, "14:00", "14:00", "c-fine")},
			{"key": "3", "value": flight("UA3", vocab.StatusDelayed, "14:00", "18:00", "c-later")},
			{"key": "4", "value": flight("UA4", vocab.StatusDelayed, "14:00", "17:00", "c-late")},
			{"key": "5", "value": flight("UA5", vocab.StatusDelayed, "14:00", "16:00", "")},
		}},
		"/tables/flights/UA4.2013-03-08": flight("UA4", vocab.StatusDelayed, "14:00", "17:00", "c-late"),
		"/tables/customers/c-late": journeys.Customer{ID: "c-late", Membership: "gold", Note: "hurry",
			Journeys: map[vocab.ReservationID]journeys.Journey{
				"R1": {Party: 2, Cabin: vocab.Economy, Legs: []vocab.Leg{{Flight: "UA4.2013-03-08"}}}}},
	}
	delete(rows["/tables/flights"].(map[string]any)["rows"].([]map[string]any)[4]["value"].(flights.Flight).Holds, "R/economy")

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		row, ok := rows[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_ = json.NewEncoder(w).Encode(row)
	}))
	defer server.Close()

	p := people{state.NewClient(server.URL), at("13:00")}
	if id, why, err := p.somebody(t.Context()); err != nil || id != "c-late" || why != "is late" {
		t.Errorf("somebody is %q, whose flight %s, %v", id, why, err)
	}
	p.now = at("12:30")
	rows["/tables/flights"].(map[string]any)["rows"] = rows["/tables/flights"].(map[string]any)["rows"].([]map[string]any)[:2]

	if id, why, err := p.somebody(t.Context()); err != nil || id != "c-fine" || why != "leaves next" {
		t.Errorf("with nothing late that can be helped, somebody is %q, whose flight %s, %v", id, why, err)
	}

	p.now = at("13:00")
	want := `You are c-late, a gold member, and have written "hurry". It is 13:00.
R1, 2 in economy: UA4 EWR-BOS is delayed, was to leave 14:00, now 17:00, arrives 18:00`
	if got := p.introduction(t.Context(), "c-late"); got != want {
		t.Errorf("introduced as\n%s\nwant\n%s", got, want)
	}

	if got := p.introduction(t.Context(), "nobody"); got != "You are nobody." {
		t.Errorf("somebody unknown is introduced as %q", got)
	}
	// The newest event may be of another airport: clocks are read where the next flight leaves.
	elsewhere := streamTime{at: at("13:00").UTC(), zone: p.zone(t.Context(), "c-late")}
	if got := elsewhere.now().Format("15:04 -0700"); got != "13:00 -0500" {
		t.Errorf("it is %s", got)
	}

	if zone := p.zone(t.Context(), "nobody"); zone != nil {
		t.Errorf("nobody's clock is that of %v", zone)
	}

	p.now = at("18:00")
	if _, _, err := p.somebody(t.Context()); err == nil || !strings.Contains(err.Error(), "--as") {
		t.Errorf("late in the day: %v", err)
	}
}
