package llm

import (
	"context"
	"errors"
)

// A Moment is when asking failed, and so whether to ask again. It is an error to compare with:
//
//	if errors.Is(err, llm.Unavailable) { ... }
type Moment string

// The moments. Errors of a context are none of these: they are returned as they are.
const (
	Unavailable Moment = "the model is unavailable"  // no answer has begun: down, loading, busy. Ask again later.
	Cut         Moment = "the answer was cut off"    // it began and did not end. Ask again.
	Refused     Moment = "the request was refused"   // no such model, prompt too long. The same again is refused again.
	Invalid     Moment = "the answer cannot be used" // it ended and is no Out, or does not hold. Fall back.
)

// Error implements error.
func (m Moment) Error() string { return string(m) }

// An Error tells when asking failed, why, and what helps.
type Error struct {
	Moment Moment
	Err    error  // the cause
	Remedy string // what to do about it, for people. Defaults to nothing to say.
}

// Error is the cause, then the remedy.
func (e *Error) Error() string {
	if e.Remedy == "" {
		return e.Err.Error()
	}
	return e.Err.Error() + " (" + e.Remedy + ")"
}

// Unwrap makes an Error both its moment and its cause.
func (e *Error) Unwrap() []error { return []error{e.Moment, e.Err} }

// Retryable tells whether the same request may succeed if it is made again: it found no answer, or half of one.
func Retryable(err error) bool {
	return !ended(err) && (errors.Is(err, Unavailable) || errors.Is(err, Cut))
}

// ended tells whether an error is that of a context.
func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
