package processors

import (
	"context"
	"errors"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/topology"
)

// Settle is for the tests of this package; those of others use processorstest.Settle.
func (w *Worker) Settle(ctx context.Context) error { return w.settle(ctx) }

// Draining reports whether the worker begins no more calls.
func (w *Worker) Draining() bool {
	for _, s := range w.runners {
		if !s.current.Load().draining.Load() {
			return false
		}
	}
	return true
}

// RecoveryEnd returns the offset at which goka's recovery of a partition ends.
func RecoveryEnd(c Config, topic string, part int32) (int64, error) {
	c, err := c.normal()
	if err != nil {
		return 0, err
	}

	m, err := c.topicManagers("test", c.connections())(c.Brokers)
	if err != nil {
		return 0, err
	}
	defer m.Close()

	return m.GetOffset(topic, part, sarama.OffsetNewest)
}

// RepartitionCrashing is Repartition, with a function that is called within each of its transactions.
func RepartitionCrashing(ctx context.Context, c Config, t *topology.Topology, n int, f func() error) error {
	w, err := NewWorker(c, t)
	if err != nil {
		return err
	}
	w.onPhase = func(string, string) error { return f() }
	_, err = w.repartition(ctx, int32(n))
	return err
}

// LookAround is what a worker does each minute.
func (w *Worker) LookAround(ctx context.Context) error { return w.lookAround(ctx) }

// FailStage ends the incarnation of the worker's first stage, as an error of its group or of recovery does.
func (w *Worker) FailStage(err error) { w.runners[0].current.Load().fail(err) }

// OpenRedrive is the first half of Redrive, which shuts out the calls before it. redrive is the second half.
func (k *Client) OpenRedrive(ctx context.Context, topologyName string, letters ...DeadLetter) (
	redrive func() (int, error), err error,
) {
	ends, err := k.toRedrive(topologyName, letters)
	if err != nil {
		return nil, err
	}

	x, err := k.letterEnder(ctx, topologyName, ends)
	if err != nil {
		return nil, err
	}

	return func() (n int, err error) {
		defer func() { err = errors.Join(err, x.close(err)) }()
		return x.end(ends)
	}, nil
}

// LetterEnds returns how many dead letters have ended.
func (k *Client) LetterEnds(ctx context.Context, topologyName string) (int, error) {
	ends, err := k.letterEnds(ctx, topologyName)
	return len(ends), err
}
