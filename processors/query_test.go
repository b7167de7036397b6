package processors

import (
	"errors"
	"fmt"
	"testing"

	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/state"
)

// Users are told that a partition has moved, not that a store is closed; what is damaged stays what it is.
func TestErrorOfAClosedStore(t *testing.T) {
	if err := moved(fmt.Errorf("get: %w", store.ErrClosed)); !errors.Is(err, state.ErrMoved) {
		t.Errorf("a closed store: %v", err)
	}

	damaged := &store.CorruptError{Dir: "d", Err: errors.New("bad block")}
	if err := moved(damaged); err != damaged {
		t.Errorf("a damaged store: %v", err)
	}
}
