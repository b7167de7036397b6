package processors

import (
	"errors"
	"fmt"
	"slices"

	"github.com/IBM/sarama"
)

// A produceError is why a record was refused.
type produceError struct {
	topic string
	part  int32
	err   error
}

func (e *produceError) Error() string {
	return fmt.Sprintf("produce to %s/%d: %v", e.topic, e.part, e.err)
}
func (e *produceError) Unwrap() error { return e.err }

// ofRecords are the errors by which a broker refuses single records.
var ofRecords = []error{
	sarama.ErrMessageSizeTooLarge,
	sarama.ErrMessageSetSizeTooLarge,
	sarama.ErrInvalidTimestamp,
	sarama.ErrInvalidRecord,
	sarama.ErrUnsupportedForMessageFormat,
	sarama.ErrPolicyViolation,
}

// refusesRecord reports whether an error is the fault of a record.
func (e *produceError) refusesRecord() bool {
	var client sarama.ConfigurationError // of sarama itself: too large for any batch
	return errors.As(e.err, &client) || isOneOf(e.err, ofRecords)
}

// refusesTopic reports whether an error concerns every record of a topic.
func (e *produceError) refusesTopic() bool {
	return isOneOf(e.err, []error{sarama.ErrTopicAuthorizationFailed, sarama.ErrUnknownTopicOrPartition,
		sarama.ErrInvalidTopic})
}

func isOneOf(err error, these []error) bool {
	return slices.ContainsFunc(these, func(e error) bool { return errors.Is(err, e) })
}
