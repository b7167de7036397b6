package processors

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// # Transactions in doubt
//
// Within an epoch of a producer, brokers can't tell a request of one transaction from that of the next.
// Suppose that a connection breaks while an EndTxn is on its way: sarama sends it again on another
// connection, and the producer goes on. The first EndTxn may still arrive, in the middle of the next
// transaction, and commit the half of it: rows without the positions of their events. A TxnOffsetCommit that
// arrives late sets positions back beneath rows that stay. Kafka 4 has an epoch for each transaction, if the
// client speaks EndTxn 5 (KIP-890); sarama speaks 3.
//
// So a transactional producer never sends a request to a coordinator twice. When a connection to one breaks,
// or a coordinator has moved, the transaction is in doubt, and that ends the incarnation as any error does.
// The next one's producer has a new epoch, which shuts out what is still on its way, and recovery reads what
// was committed, whichever it was. Records may be sent again: they have sequence numbers.
var errInDoubt = errors.New("the connection to a coordinator broke, or the coordinator has moved: " +
	"the transaction may be committed or not, and what was committed is read again")

// retryTxnEvery is the pause before a coordinator is asked again that has answered: for example, that it is
// still completing the transaction before.
const retryTxnEvery = 20 * time.Millisecond

// A txnClient is the client of a transactional producer. When a connection to a coordinator broke, sarama
// asks it to look for the coordinator again, and then for the coordinator. It refuses both.
type txnClient struct {
	sarama.Client
	hasEpoch atomic.Bool // the producer has one: until then, any request may be sent again
	inDoubt  atomic.Bool // a connection to a coordinator has broken since
}

func (c *txnClient) Coordinator(group string) (*sarama.Broker, error) {
	if c.inDoubt.Load() {
		return nil, errInDoubt
	}
	return c.Client.Coordinator(group)
}

func (c *txnClient) TransactionCoordinator(id string) (*sarama.Broker, error) {
	if c.inDoubt.Load() {
		return nil, errInDoubt
	}
	return c.Client.TransactionCoordinator(id)
}

func (c *txnClient) RefreshCoordinator(group string) error {
	if c.markInDoubt() {
		return errInDoubt
	}
	return c.Client.RefreshCoordinator(group)
}

func (c *txnClient) RefreshTransactionCoordinator(id string) error {
	if c.markInDoubt() {
		return errInDoubt
	}
	return c.Client.RefreshTransactionCoordinator(id)
}

// markInDoubt is called when a connection to a coordinator broke. It reports whether a request that was on
// its way there could harm a later transaction.
func (c *txnClient) markInDoubt() bool {
	if c.hasEpoch.Load() && !testhook.IsOff(testhook.SentOnce) {
		c.inDoubt.Store(true)
	}
	return c.inDoubt.Load()
}

// A backoff is sarama's type of functions that return how long to wait.
type backoff = func(retries, most int) time.Duration

// backoff returns how long sarama waits until it tries a request again: as long as pause says, and in doubt
// not at all, since every try fails at once.
func (c *txnClient) backoff(pause backoff) backoff {
	return func(retries, most int) time.Duration {
		if c.inDoubt.Load() {
			return 0
		}
		return pause(retries, most)
	}
}
