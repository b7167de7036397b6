package processors

import (
	"errors"
	"fmt"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// A FatalError is one that trying again does not mend. Run returns it, and its text says what to do.
type FatalError struct{ Err error }

func (e *FatalError) Error() string { return "processors: " + e.Err.Error() }
func (e *FatalError) Unwrap() error { return e.Err }

// producerFenced is Kafka's PRODUCER_FENCED, which has no name in sarama.
const producerFenced = sarama.KError(90)

// unauthorized are errors that last until an administrator does something.
var unauthorized = []error{
	sarama.ErrTopicAuthorizationFailed,
	sarama.ErrGroupAuthorizationFailed,
	sarama.ErrTransactionalIDAuthorizationFailed,
	sarama.ErrClusterAuthorizationFailed,
	sarama.ErrSASLAuthenticationFailed,
}

func isFenced(err error) bool {
	return errors.Is(err, producerFenced) || errors.Is(err, sarama.ErrInvalidProducerEpoch)
}

// fatal returns the error with which the worker ends, or nil if err ends only the life of the stage.
func (s *runner) fatal(err error) error {
	if f := new(FatalError); errors.As(err, &f) {
		return f
	}

	row, anchor := new(stage.RowError), new(stage.AnchorError)
	if errors.As(err, &row) || errors.As(err, &anchor) {
		return &FatalError{fmt.Errorf("stage %s: %w", s.group, err)}
	}

	if name := s.w.c.Instance; name != "" && s.isReplaced(err) {
		return &FatalError{fmt.Errorf("another worker runs as instance %q in group %s and has taken its place: "+
			"give each worker a name of its own (%w)", name, s.group, err)}
	}

	if isUnauthorized(err) && !errors.As(err, new(*produceError)) {
		return &FatalError{fmt.Errorf("stage %s: %w", s.group, err)}
	}

	return nil
}

func isUnauthorized(err error) bool {
	return isOneOf(err, unauthorized)
}
