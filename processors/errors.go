package processors

import (
	"errors"
	"fmt"

	"github.com/IBM/sarama"
)

// A FatalError is one that trying again does not mend: Run returns it, and its text says what to do.
type FatalError struct{ Err error }

func (e *FatalError) Error() string { return "processors: " + e.Err.Error() }
func (e *FatalError) Unwrap() error { return e.Err }

// mostFenced is how often in a row a stage's producer may be fenced. A worker that was suspended is, once; again and again
// it is by another of its name, which it fences in turn.
const mostFenced = 3

// producerFenced has no name in sarama.
const producerFenced = sarama.KError(90)

func isFenced(err error) bool {
	return errors.Is(err, producerFenced) || errors.Is(err, sarama.ErrInvalidProducerEpoch)
}

// fatal says whether an error ends the worker, and not only the life of one stage.
func (s *runner) fatal(err error) error {
	if f := new(FatalError); errors.As(err, &f) {
		return f
	}
	if isFenced(err) {
		s.fenced++
	} else {
		s.fenced = 0
	}
	if name := s.w.c.Instance; name != "" && (errors.Is(err, sarama.ErrFencedInstancedId) || s.fenced >= mostFenced) {
		return &FatalError{fmt.Errorf("another worker runs as instance %q in group %s, and has taken its place: give each worker a name of its own (%w)", name, s.group, err)}
	}
	for _, e := range []error{sarama.ErrTopicAuthorizationFailed, sarama.ErrGroupAuthorizationFailed, sarama.ErrTransactionalIDAuthorizationFailed, sarama.ErrClusterAuthorizationFailed, sarama.ErrSASLAuthenticationFailed} {
		if errors.Is(err, e) {
			return &FatalError{fmt.Errorf("stage %s: %w", s.group, err)}
		}
	}
	return nil
}
