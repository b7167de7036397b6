package main

import (
	"strings"
	"testing"
	"time"
)

// On a day that runs, somebody asks for another seat and agrees to it. The clock goes on as ours meanwhile; then the day
// goes on, ends, and all that must hold does.
func TestChatOnARunningDay(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	t.Setenv("OLLAMA_HOST", ollama(t, []string{"for Note: " + reading,
		`for Result of: {"reply":"You sit at the window now."}`,
		`for The customer writes: {"tool":"update_reservation_flights","arguments":{"flights":[{"flight_number":"B61172"}],"seat_preference":"window"}}`}))
	usual := talking
	t.Cleanup(func() { talking = usual })
	talking = 2 * time.Second
	demo := start(t, "demo", "--model", "reader", "--data", boston, "--customers", "150", "--seed", "7", "--speed", "4000", "--json", "--listen", "127.0.0.1:0")
	demo.until("talk to the concierge: `slipstream chat`")
	demo.until(" of the day")
	out := succeed(t, "May I sit at a window?\nyes\n", "chat", "--channel", "app", "--as", "c-00038")
	for _, want := range []string{"You are c-00038", "B61172 EWR-BOS", "> May I", "→ proposed", "? a yes before ", "> yes", "is with the desks", "done: "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	demo.until("somebody talks: the clock runs as ours")
	if s := demo.wait(); s != exitFine {
		t.Errorf("status %d: %s", s, demo.errs.text())
	}
	sound(t, demo.out.text())
}
