package stage

import (
	"errors"
	"fmt"

	"github.com/slipstream-go/slipstream/internal/text"
)

// errNone is looked for, and never found.
var errNone = errors.New("no error")

// readable returns an error of a function of the topology as one that can be told anywhere: in any goroutine,
// and in any record. If its text, or what it wraps, can't be read without a panic, another error takes its
// place: a nil pointer that a step returns as an error is the usual mistake. A text that is too long is cut.
func readable(err error) (safe error) {
	if err == nil {
		return nil
	}

	defer func() {
		if p := recover(); p != nil {
			safe = fmt.Errorf("an error of type %T that can't be read: %v", err, p)
		}
	}()

	_ = errors.Is(err, errNone)
	if says := err.Error(); len(says) > maxReason {
		return &cutError{text.TruncateBytes(says, maxReason), err}
	}
	return err
}

// A cutError is an error of which only the beginning is told.
type cutError struct {
	beginning string
	err       error
}

func (e *cutError) Error() string { return e.beginning }
func (e *cutError) Unwrap() error { return e.err }
