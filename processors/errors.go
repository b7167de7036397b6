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

// maxFenced is how often in a row the producer of a stage may be fenced before the worker gives up. A worker
// that was suspended is fenced once. One that is fenced again and again shares its name with another worker,
// and fences that one in turn.
const maxFenced = 3

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

	if isFenced(err) {
		s.fenced++
	} else {
		s.fenced = 0
	}

	twin := errors.Is(err, sarama.ErrFencedInstancedId) || s.fenced >= maxFenced
	if name := s.w.c.Instance; name != "" && twin {
		return &FatalError{fmt.Errorf("another worker runs as instance %q in group %s and has taken its place: "+
			"give each worker a name of its own (%w)", name, s.group, err)}
	}

	for _, e := range unauthorized {
		if errors.Is(err, e) {
			return &FatalError{fmt.Errorf("stage %s: %w", s.group, err)}
		}
	}

	return nil
}
