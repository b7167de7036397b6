package main

import (
	"strings"
	"testing"
)

// On a day that runs, somebody asks what else there is, and the clock goes on as ours.
func TestChatOnARunningDay(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	t.Setenv("OLLAMA_HOST", ollama(t, []string{"for Note: " + reading,
		`for The customer writes: {"reply":"I will look after you."}`}))
	demo := start(t, "demo", "--model", "reader", "--data", boston, "--customers", "150", "--seed", "7", "--speed", "2000", "--listen", "127.0.0.1:0")
	demo.until("talk to the concierge: `slipstream chat`")
	demo.until("1 decided") // the day is under way
	out := succeed(t, "My flight is delayed. What else is there this evening?\n", "chat", "--channel", "app")
	for _, want := range []string{"Nobody was named: you are somebody whose flight ", "You are c-", "> My flight is delayed", " tokens\n", "\nI will look after you.\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	demo.until("somebody talks: the clock runs as ours")
	if s := demo.end(); s != exitStopped {
		t.Errorf("status %d, want %d: %s", s, exitStopped, demo.errs.text())
	}
}
