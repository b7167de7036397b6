package verb

import (
	"errors"
	"testing"
)

// A command that was interrupted says so by its status, whatever else it would have said by it.
func TestStatusOfAnInterrupt(t *testing.T) {
	own := Exit(3, errors.New("some differ"))
	if s := status(own); s != 3 {
		t.Errorf("a verb's own status is %d, want 3", s)
	}

	if s := status(errors.Join(ErrStopped, own)); s != StatusStopped {
		t.Errorf("interrupted: status %d, want %d", s, StatusStopped)
	}
}
