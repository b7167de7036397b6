package processors

import (
	"context"
	"errors"
	"fmt"
	"sync"

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
	mu      sync.Mutex // held during a request; guards what follows
	txnID   txnID
	inDoubt bool // a request to claim the name has had no answer
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
		id := p.Name + "//" + w.c.Instance
		c := &nameClaim{txnID: txnID{client: w.client_, id: id, timeout: w.c.SessionTimeout}}
		if err := untilAnswered(ctx, c.claim); err != nil {
			return fmt.Errorf("processors: claim the name %q: %w", w.c.Instance, err)
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
		s.w.c.Logger.Debug("it is not known whether another worker has this worker's name",
			"instance", s.w.c.Instance, "stage", s.group, "err", e)
	}

	return !held
}

func (c *nameClaim) claim() error {
	c.mu.Lock()
	defer c.mu.Unlock()

	return c.begin()
}

func (c *nameClaim) begin() error {
	err := c.txnID.begin()
	if code := sarama.KError(0); err != nil && !errors.As(err, &code) {
		c.inDoubt = true
	}
	return err
}

// isHeld reports whether no other worker has claimed the name since. It ends a transaction that never began,
// which the coordinator refuses in one way if the epoch is the last one, and in another way if it is not.
//
// A coordinator forgets an id that was not used for a week (transactional.id.expiration.ms). And a claim
// whose connection broke may come late, after the one that was answered. The name is then claimed again: if
// it was another worker that has claimed it in the meantime, that one ends.
func (c *nameClaim) isHeld() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	switch err := c.txnID.abort(); {
	case err == nil, errors.Is(err, sarama.ErrInvalidTxnState):
		return true, nil
	case isFenced(err) && c.inDoubt, errors.Is(err, sarama.ErrInvalidProducerIDMapping):
		c.inDoubt = false
		return true, c.begin()
	case isFenced(err):
		return false, nil
	default:
		return true, err
	}
}
