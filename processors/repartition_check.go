package processors

import (
	"context"
	"fmt"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/murmur2"
)

// check refuses what would lose or misplace an event.
func (r *repartition) check(ctx context.Context) error {
	if err := r.areEmpty(); err != nil {
		return err
	}

	for _, s := range r.stages {
		committed, err := s.committed()
		if err != nil {
			return err
		}
		r.before[s.group] = committed

		if err := r.checkPositions(s, committed); err != nil {
			return fmt.Errorf("stage %s: %w", s.group, err)
		}

		for _, topic := range s.stage.Inputs {
			for part := range r.w.topics[topic].partitions {
				if err := r.checkUnread(ctx, s, place{topic, part}, committed); err != nil {
					return err
				}
			}
		}
	}

	return nil
}

// areEmpty refuses groups that have members.
func (r *repartition) areEmpty() error {
	var names []string
	for _, s := range r.stages {
		names = append(names, s.group)
	}

	groups, err := r.admin.DescribeConsumerGroups(names)
	if err != nil {
		return fmt.Errorf("describe groups: %w", err)
	}

	for _, g := range groups {
		if len(g.Members) > 0 {
			return fmt.Errorf("group %s has %d members: stop all workers. One that was killed counts until "+
				"its session times out", g.GroupId, len(g.Members))
		}
	}

	return nil
}

// checkPositions refuses those that a worker would refuse, except for their number of partitions.
func (r *repartition) checkPositions(s *runner, committed map[place]position) error {
	for _, at := range sorted(committed) {
		if p := committed[at]; p.signed {
			p.signature.partitions = int(r.n)
			if err := s.belongs(at.topic, p.signature); err != nil {
				return err
			}
		}
	}

	extents, err := s.extents()
	if err != nil {
		return err
	}

	claims := map[string][]int32{}
	for at := range extents {
		claims[at.topic] = append(claims[at.topic], at.partition)
	}

	return s.outside(claims, committed, extents)
}

// checkUnread refuses events that are unread and in another partition than the new one of their key.
func (r *repartition) checkUnread(
	ctx context.Context, s *runner, at place, committed map[place]position,
) error {
	from := committed[at].next // none: 0
	n, example := 0, ""
	err := r.w.read(ctx, at.topic, at.partition, from, func(m *sarama.ConsumerMessage) error {
		if len(m.Key) > 0 && murmur2.Partition(string(m.Key), r.n) != at.partition {
			n, example = n+1, string(m.Key)
		}
		return nil
	})
	if err != nil || n == 0 {
		return err
	}

	return fmt.Errorf("stage %s has not read %d events of topic %s, partition %d, that belong to another "+
		"one of %d, such as that of key %q: they have to be read before partitions are added. If these were "+
		"added already, set the position behind the unread events of the partition (%s), and send all of "+
		"them again", s.group, n, at.topic, at.partition, r.n, example,
		s.reset(fmt.Sprintf("%s:%d", at.topic, at.partition), "--to-latest"))
}
