package processors

import (
	"errors"
	"fmt"
	"sync"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// positions are offsets of the next records to be read, by topic.
type positions map[string][]*sarama.PartitionOffsetMetadata

func (ps positions) add(topic string, part int32, next int64) {
	p := &sarama.PartitionOffsetMetadata{Partition: part, Offset: next, LeaderEpoch: -1}
	ps[topic] = append(ps[topic], p)
}

// starts are the start positions of a session's claims that its group did not know.
type starts struct {
	mu        sync.Mutex
	positions positions
}

func (s *starts) add(topic string, part int32, next int64) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.positions == nil {
		s.positions = positions{}
	}
	s.positions.add(topic, part, next)
}

// take returns the start positions, once.
func (s *starts) take() positions {
	s.mu.Lock()
	defer s.mu.Unlock()

	if testhook.IsOff(testhook.StartPositions) {
		return nil
	}

	taken := s.positions
	s.positions = nil

	return taken
}

// commitPositions commits positions without a transaction, with the group's generation: the brokers refuse
// those of a worker that has lost its partitions. sarama's own way to commit them hides its errors.
func (in *incarnation) commitPositions(x *session, ps positions) error {
	if len(ps) == 0 {
		return nil
	}
	ps.sign(in.s)
	m := in.member(x)

	ask := sarama.NewOffsetCommitRequest(in.prod.client.Config(), m.GroupID)
	ask.ConsumerGroupGeneration = m.GenerationID
	ask.ConsumerID = m.MemberID
	ask.GroupInstanceId = m.GroupInstanceID
	for topic, of := range ps {
		for _, p := range of {
			ask.AddBlockWithLeaderEpoch(topic, p.Partition, p.Offset, p.LeaderEpoch, 0, *p.Metadata)
		}
	}

	b, err := in.prod.client.Coordinator(m.GroupID)
	if err != nil {
		return fmt.Errorf("commit positions: %w", err)
	}

	answer, err := b.CommitOffset(ask)
	if err != nil {
		return fmt.Errorf("commit positions: %w", err)
	}

	var errs []error
	for topic, parts := range answer.Errors {
		for part, code := range parts {
			if code != sarama.ErrNoError && !testhook.IsOff(testhook.PositionErrors) {
				errs = append(errs, fmt.Errorf("commit the position of %s/%d: %w", topic, part, code))
			}
		}
	}

	return errors.Join(errs...)
}
