package processors_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// Whatever waits is listed once, however small the pages: also keys that are no text, and what waits in a
// further stage when a page is full at the end of one.
func TestPagesOfWaitingSkipNothing(t *testing.T) {
	b := broker(t)
	block := make(chan struct{})
	op := topology.Func[claim, claim](func(ctx context.Context, c claim) (claim, error) {
		select {
		case <-block:
		case <-ctx.Done():
			return c, ctx.Err()
		}
		return c, nil
	})

	top := topology.New("adjusting")
	for _, name := range []string{"first", "second"} {
		decided, _ := topology.Async(topology.From(top, claims), name, op, topology.Policy[claim]{})
		decided.To(settled)
	}
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 2,
		StopTimeout: time.Millisecond}, top)

	keys := []string{"\x00\n/\xff", "k", "\xff\xff\xff\xff\xff\xff\xff\xff"}
	for _, key := range keys {
		sendClaims(t, b, topology.Record{Key: key, Value: []byte(`{"n":1}`)})
	}

	for _, limit := range []int{1, 2, 3, 100} {
		var got []string
		until(t, "all that waits is listed", func() bool {
			got = waitingKeys(t, w.Worker, limit)
			return len(got) == 2*len(keys)
		})

		if want := append(slices.Clone(keys), keys...); !slices.Equal(got, want) {
			t.Errorf("by pages of %d: %q", limit, got)
		}
	}
	close(block)
}

// waitingKeys lists the keys of what waits, a page at a time.
func waitingKeys(t *testing.T, waits state.Waits, limit int) (keys []string) {
	t.Helper()

	for after := ""; ; {
		page, next, err := waits.Waiting(t.Context(), "", after, limit)
		if err != nil || len(page) > limit || len(keys) > 100 {
			t.Fatalf("%d of %d, after %q: %v", len(page), limit, after, err)
		}

		for _, w := range page {
			keys = append(keys, w.Key)
		}

		if after = next; after == "" {
			return keys
		}
	}
}

// A page of what waits ends where any page does, however many events it may have.
func TestPagesOfWaitingAreBoundedInBytes(t *testing.T) {
	b := broker(t)
	block := make(chan struct{})
	op := topology.Func[claim, claim](func(ctx context.Context, c claim) (claim, error) {
		select {
		case <-block:
		case <-ctx.Done():
			return c, ctx.Err()
		}
		return c, nil
	})
	top := topology.New("adjusting")
	decided, _ := topology.Async(topology.From(top, claims), "adjust", op, topology.Policy[claim]{})
	decided.To(settled)
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1,
		StopTimeout: time.Millisecond}, top)

	const n, size = 14, 400_000 // keys, of bytes
	for i := range n {
		key := string(slices.Repeat([]byte{byte('a' + i)}, size))
		sendClaims(t, b, topology.Record{Key: key, Value: []byte(`{"n":1}`)})
	}
	until(t, "all that waits is listed", func() bool { return len(waitingKeys(t, w.Worker, 5)) == n })

	page, next, err := w.Waiting(t.Context(), "", "", 1000)
	if most := state.PageBytes/size + 1; err != nil || len(page) > most || next == "" {
		t.Errorf("a page of %d such keys, more than %d (%v)", len(page), most, err)
	}
	close(block)
}
