package main

import (
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/verb"
)

// On a day that runs, somebody asks for another seat and agrees to it, while the clock goes on as ours. The
// day is interrupted, taken up again and ends; and all that must hold does.
func TestChatOnARunningDay(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	t.Setenv("OLLAMA_HOST", ollama(t, []string{"for Note: " + reading,
		`for The customer writes: {"tool":"update_reservation_flights","arguments":{"flights":[{"flight_number":"B61172"}],"seat_preference":"window"}}`, "warm"}))
	day := []string{"demo", "--model", "reader", "--data", boston, "--customers", "150", "--seed", "7",
		"--json", "--listen", "127.0.0.1:0", "--dir", t.TempDir()}
	demo := start(t, append(day, "--speed", "1")...)
	demo.until("talk to the concierge: `airline chat`")
	demo.until(" of the day")

	out := succeed(t, "May I sit at a window?\nyes\n", "chat", "--channel", "app", "--as", "c-00038")
	for _, want := range []string{"You are c-00038", "B61172 EWR-BOS", "> May I", "→ proposed",
		"? a yes before ", "> yes", "is with the desks", "· done", "Reservation "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	demo.until("somebody is talking: the day passes in real time")

	if s := demo.end(); s != verb.StatusStopped {
		t.Errorf("interrupted: status %d: %s", s, demo.errs.text())
	}
	sound(t, succeed(t, "", day...))
}
