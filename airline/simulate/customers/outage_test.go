package customers_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/simulate/customers"
	"github.com/slipstream-go/slipstream/llm"
)

// An outage is a model that is down for a while.
type outage struct {
	llm.Model
	begins, ends time.Time

	asked *atomic.Int64 // meanwhile
}

// Chat implements llm.Model.
func (o outage) Chat(ctx context.Context, q llm.Request) (llm.Reply, error) {
	time.Sleep(200 * time.Millisecond)

	if now := time.Now(); now.After(o.begins) && now.Before(o.ends) {
		o.asked.Add(1)
		return llm.Reply{}, &llm.Error{Kind: llm.ErrUnavailable, Err: errors.New("refused"), Status: 503}
	}
	return o.Model.Chat(ctx, q)
}

// The model is down for ten minutes in the middle of the day. What it has to read waits: nothing is given up,
// nothing is a dead letter, and the day ends right.
func TestADayOnWhichTheModelIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := nyc(t)
		c := customers.New(d, customers.Parties(d, 50), 2)
		r, _ := reads(c)

		// The day takes half an hour: as long as its events do, at so many in a second.
		const events, day = 12_000, 30 * time.Minute
		now := time.Now()
		down := outage{r, now.Add(day / 3), now.Add(day/3 + 10*time.Minute), new(atomic.Int64)}

		s := newStorm(t, rebooking.Agent(llm.Resilient(down, llm.ResilientConfig{})))
		s.pause = day / events

		by := map[string]int{}
		for _, v := range s.rages(d, c) {
			by[v.DecidedBy]++
			if v.Provenance["ce_decidedby"] == "fallback" {
				t.Errorf("case %s was given up: %s", v.Case, v.Provenance["ce_cause"])
			}
		}
		s.sound()
		t.Logf("decided by %v; the model was asked %d times while it was down", by, down.asked.Load())

		if by["model"] < 40 {
			t.Errorf("the model has decided %d cases", by["model"])
		}

		if down.asked.Load() == 0 {
			t.Error("nobody asked while it was down: the test proves nothing")
		}
	})
}
