package storetest_test

import (
	"testing"

	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/internal/store/storetest"
)

// A test of an implementation is a line for each suite.
func Example() {
	_ = func(t *testing.T) {
		storetest.Conformance(t, func(t *testing.T) store.Store { return store.Memory() })
		storetest.Reopen(t, store.OpenPebble)
		storetest.Model(t, store.Memory(), 42, 10_000) // a longer walk, by a seed of its own
	}
	// Output:
}

// careless loses every batch after the first: the suite must see it.
type careless struct {
	store.Store
	flushed bool
}

func (c *careless) Flush(rows []store.Record, offset int64) error {
	if c.flushed {
		return c.Store.Flush(nil, offset)
	}
	c.flushed = true
	return c.Store.Flush(rows, offset)
}

func TestModelNotices(t *testing.T) {
	seen := make(chan bool)
	go func() { // Model ends its goroutine when it fails
		var failed testing.T
		defer func() { seen <- failed.Failed() }()
		storetest.Model(&failed, &careless{Store: store.Memory()}, 1, 400)
	}()

	if !<-seen {
		t.Error("a store that loses rows passed")
	}
}
