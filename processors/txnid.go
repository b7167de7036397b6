package processors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
)

// A txnID is a transactional id, used by single requests beside sarama's producers.
type txnID struct {
	client  sarama.Client
	id      string
	timeout time.Duration // of its transactions

	producer int64
	epoch    int16
}

// begin gives the id a new epoch. It shuts out producers that have an earlier one, and ends a transaction
// that the coordinator knows of.
func (t *txnID) begin() error {
	return t.ask(func(b *sarama.Broker) (sarama.KError, error) {
		r, err := b.InitProducerID(&sarama.InitProducerIDRequest{
			Version:            4,
			TransactionalID:    &t.id,
			TransactionTimeout: t.timeout,
			ProducerID:         -1,
			ProducerEpoch:      -1,
		})
		if err != nil {
			return 0, err
		}
		t.producer, t.epoch = r.ProducerID, r.ProducerEpoch

		return r.Err, nil
	})
}

// add makes partitions a part of the transaction.
func (t *txnID) add(topics map[string][]int32) error {
	return t.ask(func(b *sarama.Broker) (sarama.KError, error) {
		r, err := b.AddPartitionsToTxn(&sarama.AddPartitionsToTxnRequest{
			Version:         3,
			TransactionalID: t.id,
			ProducerID:      t.producer,
			ProducerEpoch:   t.epoch,
			TopicPartitions: topics,
		})
		if err != nil {
			return 0, err
		}

		for _, parts := range r.Errors {
			for _, p := range parts {
				if p.Err != sarama.ErrNoError && p.Err != sarama.ErrOperationNotAttempted {
					return p.Err, nil
				}
			}
		}

		return sarama.ErrNoError, nil
	})
}

// addPositions makes the positions of a group a part of the transaction.
func (t *txnID) addPositions(group string) error {
	return t.ask(func(b *sarama.Broker) (sarama.KError, error) {
		r, err := b.AddOffsetsToTxn(&sarama.AddOffsetsToTxnRequest{
			Version:         3,
			TransactionalID: t.id,
			ProducerID:      t.producer,
			ProducerEpoch:   t.epoch,
			GroupID:         group,
		})
		if err != nil {
			return 0, err
		}

		return r.Err, nil
	})
}

// abort ends the transaction.
func (t *txnID) abort() error {
	return t.ask(func(b *sarama.Broker) (sarama.KError, error) {
		r, err := b.EndTxn(&sarama.EndTxnRequest{
			Version:         3,
			TransactionalID: t.id,
			ProducerID:      t.producer,
			ProducerEpoch:   t.epoch,
		})
		if err != nil {
			return 0, err
		}

		return r.Err, nil
	})
}

// ask has f ask the transaction coordinator. If it was not there, it is looked for again in the background: a
// stage that has to be rebuilt does not wait for brokers that are gone.
func (t *txnID) ask(f func(*sarama.Broker) (sarama.KError, error)) error {
	b, err := t.client.TransactionCoordinator(t.id)
	if err != nil {
		return err
	}

	code, err := f(b)
	if err == nil && code == sarama.ErrNoError {
		return nil
	}

	if err != nil {
		_ = b.Close() // it is opened again when it is asked again
	} else {
		err = code
	}

	if code == sarama.ErrNoError || code == sarama.ErrNotCoordinatorForConsumer {
		go func() { _ = t.client.RefreshTransactionCoordinator(t.id) }()
	}

	return fmt.Errorf("transactional id %s: %w", t.id, err)
}

// untilAnswered asks again until there is no error, or one that won't go away, or ctx ends.
func untilAnswered(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if err == nil || isFenced(err) || isUnauthorized(err) {
			return err
		}

		select {
		case <-time.After(retryTxnEvery):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}
