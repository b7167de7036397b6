package processors

import (
	"errors"
	"testing"

	"github.com/IBM/sarama"
)

// fakeCoordinators are always found.
type fakeCoordinators struct{ sarama.Client }

func (fakeCoordinators) Coordinator(string) (*sarama.Broker, error)            { return nil, nil }
func (fakeCoordinators) TransactionCoordinator(string) (*sarama.Broker, error) { return nil, nil }
func (fakeCoordinators) RefreshCoordinator(string) error                       { return nil }
func (fakeCoordinators) RefreshTransactionCoordinator(string) error            { return nil }

// sarama sends a request to a coordinator again when its connection broke. If the first one arrives late, it
// tears the next transaction.
func TestNoRequestOfATransactionIsSentTwice(t *testing.T) {
	c := &txnClient{Client: fakeCoordinators{}}

	if err := c.RefreshTransactionCoordinator("id"); err != nil {
		t.Errorf("before there is an epoch, a request is not sent again: %v", err)
	}
	c.hasEpoch.Store(true)

	if _, err := c.TransactionCoordinator("id"); err != nil {
		t.Errorf("a coordinator is not asked at all: %v", err)
	}

	for what, refresh := range map[string]func(string) error{
		"transactions": c.RefreshTransactionCoordinator,
		"positions":    c.RefreshCoordinator,
	} {
		c.inDoubt.Store(false)

		if err := refresh("id"); !errors.Is(err, errInDoubt) {
			t.Errorf("%s: after its connection broke, the coordinator is looked for again: %v", what, err)
		}

		_, positions := c.Coordinator("group")
		_, transactions := c.TransactionCoordinator("id")
		if !errors.Is(positions, errInDoubt) || !errors.Is(transactions, errInDoubt) {
			t.Errorf("%s: in doubt, a request is sent again: %v, %v", what, positions, transactions)
		}
	}
}
