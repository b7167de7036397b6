package llm

import (
	"context"
	"errors"
	"time"
)

// What can go wrong with a call, by how far it came. Compare with errors.Is. An error of a context is not
// one of these, and is returned as it is.
var (
	// ErrUnavailable: no answer has begun, because the model is down, loading or busy. Ask again later.
	ErrUnavailable = errors.New("the model is unavailable")
	// ErrTruncated: an answer began and did not end. Ask again.
	ErrTruncated = errors.New("the answer was cut off")
	// ErrRefused: no such model, or the prompt is too long. The same request is refused again.
	ErrRefused = errors.New("the request was refused")
	// ErrInvalid: the answer is complete, but is no Out or does not hold. Fall back.
	ErrInvalid = errors.New("the answer cannot be used")
)

// An Error is a failed call: its kind, its cause, and what helps.
type Error struct {
	Kind   error  // ErrUnavailable, ErrTruncated, ErrRefused or ErrInvalid
	Err    error  // the cause
	Remedy string // what to do about it, for people; may be empty

	// Status is that of the HTTP response. 0: there was none, or it is not known.
	Status int
	// RetryAfter is how long the server asks to be left alone. Resilient honors it. 0: it does not ask.
	RetryAfter time.Duration
}

// Error is the cause, then the remedy.
func (e *Error) Error() string {
	if e.Remedy == "" {
		return e.Err.Error()
	}
	return e.Err.Error() + " (" + e.Remedy + ")"
}

// Unwrap has errors.Is find both the kind and the cause.
func (e *Error) Unwrap() []error { return []error{e.Kind, e.Err} }

// Retryable reports whether the same request may succeed if it is made again, because there was no answer
// or half of one.
func Retryable(err error) bool {
	return !isContextError(err) && (errors.Is(err, ErrUnavailable) || errors.Is(err, ErrTruncated))
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
