package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/tau2/referee"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// A mirror follows topics from outside of the worker: the changelogs of the tables that are judged, and the
// results. Its methods may be called concurrently.
type mirror struct {
	client  *processors.Client
	mu      sync.Mutex
	rows    referee.Rows              // those that have changed; guarded by mu, as is what follows
	results map[string][]vocab.Result // by command
	judged  map[string]bool           // commands whose result was taken: there must be no other
	letters []string                  // dead ones
	next    map[topicPartition]int64
	failed  error
	moved   chan struct{} // closed at the next change
}

type topicPartition struct {
	topic     string
	partition int32
}

// handlers take in a record of each topic. Its value is nil if a row was deleted.
var handlers = map[string]func(m *mirror, key string, value []byte) error{
	changelog(payments.Table): row(referee.Users, payments.User.Exists, payments.User.Public),
	changelog(reservations.Table): row(referee.Reservations, reservations.Reservation.Exists,
		reservations.Reservation.Public),
	changelog(flights.Table): row(referee.FlightDates, flights.Flight.IsKnown, flights.Flight.Public),
	string(vocab.Results):    (*mirror).result,
	string(answers):          (*mirror).result,
	"airline.dead-letters":   (*mirror).letter,
}

func changelog[K ~string, V any](t topology.Table[K, V]) string {
	return "airline." + string(t) + "-table"
}

// row returns the handler of a changelog. It keeps rows as the airline's systems show them.
func row[R, P any](table string, exists func(R) bool, public func(R) P) func(*mirror, string, []byte) error {
	return func(m *mirror, key string, value []byte) (err error) {
		var r R
		if value != nil {
			err = json.Unmarshal(value, &r)
		}

		id := referee.RowID{Table: table, Key: key}
		if m.rows[id] = nil; err == nil && exists(r) {
			m.rows[id], err = json.Marshal(public(r))
		}

		return err
	}
}

func (m *mirror) result(_ string, value []byte) error {
	var r vocab.Result
	if err := json.Unmarshal(value, &r); err != nil {
		return err
	}

	if m.judged[r.Command] {
		return fmt.Errorf("one more result of command %s: %s", r.Command, value)
	}
	m.results[r.Command] = append(m.results[r.Command], r)

	return nil
}

func (m *mirror) letter(key string, value []byte) error {
	m.letters = append(m.letters, fmt.Sprintf("%s %s", key, value))
	return nil
}

// newMirror follows the topics until ctx ends. The topics must exist.
func newMirror(ctx context.Context, client *processors.Client) *mirror {
	m := &mirror{
		client: client, rows: referee.Rows{}, results: map[string][]vocab.Result{}, judged: map[string]bool{},
		next: map[topicPartition]int64{}, moved: make(chan struct{}),
	}
	for topic := range handlers {
		go m.follow(ctx, topic)
	}
	return m
}

func (m *mirror) follow(ctx context.Context, topic string) {
	for r, err := range m.client.Follow(ctx, topic, processors.FollowOptions{FromBeginning: true}) {
		m.handle(topic, r, err)
	}
}

func (m *mirror) handle(topic string, r topology.Record, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if err == nil {
		err = handlers[topic](m, r.Key, r.Value)
	}

	if err != nil && m.failed == nil {
		m.failed = fmt.Errorf("%s, key %s: %w", topic, r.Key, err)
	}
	m.next[topicPartition{topic, r.Partition}] = r.Offset + 1
	close(m.moved)
	m.moved = make(chan struct{})
}

// ends returns where the topics end now.
func (m *mirror) ends(ctx context.Context) (map[topicPartition]int64, error) {
	all := map[topicPartition]int64{}
	for topic := range handlers {
		ends, err := m.client.Ends(ctx, topic)
		if err != nil {
			return nil, err
		}

		for partition, end := range ends {
			all[topicPartition{topic, partition}] = end
		}
	}

	return all, nil
}

// catchUp waits until the mirror has everything that was committed when catchUp was called.
func (m *mirror) catchUp(ctx context.Context) error {
	ends, err := m.ends(ctx)
	for err == nil {
		yes, moved := m.reached(ends)
		if yes {
			return m.failure()
		}

		select {
		case <-moved:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}

	return err
}

func (m *mirror) reached(ends map[topicPartition]int64) (yes bool, moved <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()

	for p, end := range ends {
		if m.next[p] < end && m.failed == nil {
			return false, m.moved
		}
	}
	return true, m.moved
}

func (m *mirror) failure() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failed
}

// isAnswered reports whether a command has a result, or there is a dead letter. If not, moved is closed at
// the next change.
func (m *mirror) isAnswered(id string) (yes bool, moved <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.results[id]) > 0 || len(m.letters) > 0 || m.failed != nil, m.moved
}

// changedRows returns the rows that were written since the last forget.
func (m *mirror) changedRows() referee.Rows {
	m.mu.Lock()
	defer m.mu.Unlock()

	rows := make(referee.Rows, len(m.rows))
	for id, row := range m.rows {
		rows[id] = row
	}
	return rows
}

func (m *mirror) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.rows)
}

// resultOf returns the one result of a command.
func (m *mirror) resultOf(id string) (r vocab.Result, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.results[id]
	delete(m.results, id)

	m.judged[id] = true
	if len(m.letters) > 0 {
		err = fmt.Errorf("dead letters: %q", m.letters)
		m.letters = nil
		return r, err
	}

	if len(all) != 1 {
		return r, fmt.Errorf("%d results of %s, not one", len(all), id)
	}

	return all[0], nil
}
