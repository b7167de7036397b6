package processors

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// # One worker of a name
//
// Two workers of one Config.Instance fence each other, each in other stages: here a stage of the first worker
// is rebuilt, which fences the second, there it is the reverse. So a stage that is fenced doesn't tell which
// worker has to end, and both might.
//
// A worker therefore claims its name before its stages start, and the worker that claimed it last has it. A
// stage that was fenced, or broke otherwise, first asks whether its worker still has the name. If not, the
// worker ends. If so, the stage is rebuilt: the worker that has fenced it is about to ask, too. A worker
// claims its name only once, and so exactly one remains.
//
// The claim is an epoch of a transactional id that has no transactions. The transaction coordinator gives a
// higher one to each claim, and refuses requests with a lower one.

// A nameClaim is one worker's claim of its name in one topology.
type nameClaim struct {
	client  sarama.Client
	id      string        // the transactional id
	timeout time.Duration // of its transactions; it has none

	mu       sync.Mutex // held during a request; guards what follows
	producer int64
	epoch    int16
}

// claimNames claims the worker's name in each of its topologies.
//
// Without transactions there may be no transaction coordinator, and no claim. Stages then fence each other by
// their groups alone, and a fenced one ends its worker.
func (w *Worker) claimNames(ctx context.Context) error {
	if w.c.Instance == "" || w.c.Guarantee != ExactlyOnce {
		return nil
	}

	w.names = map[*plan.Plan]*nameClaim{}
	for _, p := range w.plans {
		c := &nameClaim{client: w.client_, id: p.Name + "//" + w.c.Instance, timeout: w.c.SessionTimeout}
		if err := c.claimAgain(ctx); err != nil {
			return fmt.Errorf("processors: claim the name %q by transactional id %q: %w", w.c.Instance, c.id, err)
		}
		w.names[p] = c
	}

	return nil
}

// isReplaced reports whether another worker has the name of this one, after err ended an incarnation. A
// coordinator that can't be asked now is asked after the next one.
func (s *runner) isReplaced(err error) bool {
	c := s.w.names[s.plan]
	if c == nil || testhook.IsOff(testhook.Name) {
		return errors.Is(err, sarama.ErrFencedInstancedId)
	}

	held, e := c.isHeld()
	if e != nil {
		s.w.c.Logger.Warn("it is not known whether another worker has this worker's name",
			"instance", s.w.c.Instance, "stage", s.group, "err", e)
	}

	return !held
}

// claimAgain asks until it has an answer, or ctx ends, or the answer won't change.
func (c *nameClaim) claimAgain(ctx context.Context) error {
	for {
		err := c.claim()
		if err == nil || isUnauthorized(err) {
			return err
		}

		select {
		case <-time.After(retryTxnEvery):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

func (c *nameClaim) claim() error {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.ask(func(b *sarama.Broker) (sarama.KError, error) {
		r, err := b.InitProducerID(&sarama.InitProducerIDRequest{
			Version:            4,
			TransactionalID:    &c.id,
			TransactionTimeout: c.timeout,
			ProducerID:         -1,
			ProducerEpoch:      -1,
		})
		if err != nil {
			return 0, err
		}
		c.producer, c.epoch = r.ProducerID, r.ProducerEpoch

		return r.Err, nil
	})
}

// isHeld reports whether no other worker has claimed the name since. It ends a transaction that never began,
// which the coordinator refuses in one way if the epoch is the last one, and in another way if it is not.
//
// A coordinator forgets an id that was not used for a week (transactional.id.expiration.ms). The name is then
// claimed again: if another worker has claimed it in the meantime, that one ends.
func (c *nameClaim) isHeld() (bool, error) {
	switch err := c.endNothing(); {
	case err == nil, errors.Is(err, sarama.ErrInvalidTxnState):
		return true, nil
	case isFenced(err):
		return false, nil
	case errors.Is(err, sarama.ErrInvalidProducerIDMapping):
		return true, c.claim()
	default:
		return true, err
	}
}

func (c *nameClaim) endNothing() error {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.ask(func(b *sarama.Broker) (sarama.KError, error) {
		r, err := b.EndTxn(&sarama.EndTxnRequest{
			Version:         3,
			TransactionalID: c.id,
			ProducerID:      c.producer,
			ProducerEpoch:   c.epoch,
		})
		if err != nil {
			return 0, err
		}
		return r.Err, nil
	})
}

// ask has f ask the transaction coordinator. If it was not there, it is looked for again before the next
// time.
func (c *nameClaim) ask(f func(*sarama.Broker) (sarama.KError, error)) error {
	b, err := c.client.TransactionCoordinator(c.id)
	if err != nil {
		return err
	}

	code, err := f(b)
	if err == nil && code != sarama.ErrNoError {
		err = code
	}

	switch {
	case err == nil:
	case code == 0:
		_ = b.Close() // it is opened again when it is asked again
		fallthrough
	case code == sarama.ErrNotCoordinatorForConsumer, code == sarama.ErrConsumerCoordinatorNotAvailable:
		_ = c.client.RefreshTransactionCoordinator(c.id)
	}

	return err
}
