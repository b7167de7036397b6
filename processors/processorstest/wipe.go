package processorstest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/topology"
)

// wipe deletes what a topology keeps in a cluster.
func wipe(brokers []string, t *topology.Topology) error {
	p, err := t.Plan()
	if err != nil {
		return err
	}
	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0

	admin, err := sarama.NewClusterAdmin(brokers, c)
	if err != nil {
		return err
	}
	defer admin.Close()

	for i := range p.Stages {
		if err := forget(admin, p.Group(&p.Stages[i])); err != nil {
			return err
		}
	}

	have, err := admin.ListTopics()
	if err != nil {
		return err
	}

	declared := map[string]bool{}
	for _, topic := range p.Topics {
		declared[topic.Name] = true
	}

	var names []string
	for name := range have {
		if declared[name] || strings.HasPrefix(name, p.Name+".") { // the engine's own
			names = append(names, name)
		}
	}

	for _, name := range names {
		if err := admin.DeleteTopic(name); err != nil && !errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
			return fmt.Errorf("delete topic %s: %w", name, err)
		}
	}

	return gone(admin, names)
}

// forget deletes a group. It asks again while the coordinator is not ready: a cluster that has just started loads its
// groups first.
func forget(admin sarama.ClusterAdmin, group string) error {
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		// A static member stays in the group after it has stopped.
		_, _ = admin.RemoveMemberFromConsumerGroup(group, []string{instance})

		err := admin.DeleteConsumerGroup(group)
		if err == nil || errors.Is(err, sarama.ErrGroupIDNotFound) {
			return nil
		}

		if !notReady(err) || time.Now().After(end) {
			return fmt.Errorf("delete group %s: %w", group, err)
		}
	}
}

// notReady reports whether the coordinator of a group asks for patience.
func notReady(err error) bool {
	return errors.Is(err, sarama.ErrOffsetsLoadInProgress) ||
		errors.Is(err, sarama.ErrConsumerCoordinatorNotAvailable) ||
		errors.Is(err, sarama.ErrNotCoordinatorForConsumer)
}

// gone waits until the topics are.
func gone(admin sarama.ClusterAdmin, names []string) error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		have, err := admin.ListTopics()
		if err != nil {
			return err
		}

		left := 0
		for _, name := range names {
			if _, there := have[name]; there {
				left++
			}
		}

		if left == 0 {
			return nil
		}
	}

	return errors.New("deleted topics are still there")
}
