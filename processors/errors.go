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

// fatal says whether an error ends the worker, and not only the life of one stage.
func (s *runner) fatal(err error) error {
	if f := new(FatalError); errors.As(err, &f) {
		return f
	}
	if name := s.w.c.Instance; name != "" && errors.Is(err, sarama.ErrFencedInstancedId) {
		return &FatalError{fmt.Errorf("another worker runs as instance %q in group %s, and has taken its place: give each worker a name of its own (%w)", name, s.group, err)}
	}
	for _, e := range []error{sarama.ErrTopicAuthorizationFailed, sarama.ErrGroupAuthorizationFailed, sarama.ErrTransactionalIDAuthorizationFailed, sarama.ErrClusterAuthorizationFailed, sarama.ErrSASLAuthenticationFailed} {
		if errors.Is(err, e) {
			return &FatalError{fmt.Errorf("stage %s: %w", s.group, err)}
		}
	}
	return nil
}
