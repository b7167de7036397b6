package rebooking

import (
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// A case that has changed is asked again, but its note is not read again; another customer's is.
func TestNotesAreReadOnce(t *testing.T) {
	m := llmtest.Says(`{"reason":"wants money","wish":"money-back","time":""}`)
	a := Agent(m)
	now := time.Date(2013, 3, 8, 12, 0, 0, 0, time.UTC)

	c := Case{Customer: "c-1", Note: "refund me",
		Facts: vocab.Facts{Severity: vocab.SeverityCancelled, Refund: true, BookedArrival: now,
			Options: []vocab.Trip{{Flight: "X1", Arrival: now.Add(time.Hour)}}}}
	for _, who := range []vocab.CustomerID{"c-1", "c-1", "c-2"} {
		c.Customer = who
		d, headers, err := a.Decide(t.Context(), c)
		if err != nil || d.Outcome != vocab.Refunded || headers["decidedby"] != "model" {
			t.Errorf("%s: %+v, %v, %v", who, d, headers, err)
		}
	}

	if n := len(m.Prompts()); n != 2 {
		t.Errorf("asked %d times for two notes", n)
	}
}
