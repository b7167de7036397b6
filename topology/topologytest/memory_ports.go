package topologytest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// Name implements [Named].
func (m *memory) Name() string { return "memory" }

// Settle implements [Settler]: answers may have come since the last event, when a verb of the script set one
// free.
func (m *memory) Settle(context.Context) error {
	m.settle()
	return nil
}

// Produce implements [Producer].
func (m *memory) Produce(msg Message) error {
	r := stage.Message{
		Topic:     msg.Topic,
		Partition: murmur2.Partition(msg.Key, partitions),
		Key:       msg.Key,
		Value:     msg.Value,
		Time:      msg.Time,
		Headers:   msg.Headers,
	}

	if r.Time.IsZero() {
		r.Time = time.Now()
	}

	if r.Time.After(m.clock) {
		m.clock = r.Time
	}

	if msg.Partition != nil {
		r.Partition = *msg.Partition
	}

	if r.Partition < 0 || r.Partition >= partitions {
		return fmt.Errorf("topic %q has no partition %d, only %d", msg.Topic, r.Partition, partitions)
	}

	return m.put(r)
}

// Committed implements [Offsets]: an event is committed with its effects.
func (m *memory) Committed(_ context.Context, topic string, partition int32) (int64, error) {
	lowest := int64(math.MaxInt64)
	for _, s := range m.stages {
		if slices.Contains(s.s.Inputs, topic) {
			lowest = min(lowest, m.committed(s, topic, partition))
		}
	}

	if lowest == math.MaxInt64 {
		return 0, fmt.Errorf("nothing reads topic %q", topic)
	}

	return lowest, nil
}

func (m *memory) committed(s *memoryStage, topic string, partition int32) (offset int64) {
	for _, e := range m.logs[topic][:s.positions[topic]] {
		if e.msg.Partition == partition {
			offset++
		}
	}
	return offset
}

// SetMode implements [Controller].
func (m *memory) SetMode(_ context.Context, operator, mode string) error {
	to, err := stage.ParseSetting(mode)
	if err != nil {
		return err
	}

	m.modes.Set(operator, to)
	for _, s := range m.stages {
		s.calls.Wake()
	}
	m.settle()

	return m.err
}

// Redrive implements [Redriver].
func (m *memory) Redrive(_ context.Context, reason string) (n int, err error) {
	n, err = m.endLetters(reason, func(letter stage.Message) error {
		o, err := stage.Redrive(letter)
		if err == nil {
			m.log(o.Message(murmur2.Partition(o.Key, partitions)), false)
		}
		return err
	})
	if err != nil {
		return n, err
	}
	m.settle()

	return n, m.err
}

// Dismiss implements [Dismisser].
func (m *memory) Dismiss(_ context.Context, reason string) (int, error) {
	return m.endLetters(reason, func(stage.Message) error { return nil })
}

// endLetters ends the dead letters whose reason contains a text, and that have not ended yet.
func (m *memory) endLetters(reason string, end func(stage.Message) error) (n int, err error) {
	for _, e := range slices.Clone(m.logs[m.plan.DeadLetters()]) {
		letter := position{e.msg.Partition, e.msg.Offset}
		if m.ended[letter] || !strings.Contains(e.msg.Headers[stage.LetterError], reason) {
			continue
		}

		if err := end(e.msg); err != nil {
			return n, fmt.Errorf("dead letter %d/%d: %w", letter.partition, letter.offset, err)
		}
		m.ended[letter] = true
		n++
	}

	return n, nil
}
