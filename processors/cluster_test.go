package processors_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/processors/processorstest"
)

// A cluster is where the workers of a test are: the embedded broker, or a Kafka.
type cluster interface{ Addr() string }

// kafkaAt is the address of a broker of a Kafka.
type kafkaAt string

func (a kafkaAt) Addr() string { return string(a) }

// brokerUnderTest returns the Kafka that the environment names, without what former tests have left there, or
// else the embedded broker.
func brokerUnderTest(t *testing.T) cluster {
	t.Helper()

	brokers := os.Getenv(processorstest.KafkaEnv)
	if brokers == "" {
		return broker(t)
	}

	first, _, _ := strings.Cut(brokers, ",")
	b := kafkaAt(first)
	withAdmin(t, b, func(a sarama.ClusterAdmin) error { return wipe(t, a) })
	return b
}

// isOfTests reports whether a topic or a group is of the tests of this package.
func isOfTests(name string) bool {
	topology, _, ofTopology := strings.Cut(name, ".")
	if ofTopology {
		return slices.Contains([]string{"counter", "blown", "long", "chain", "till"}, topology)
	}
	return slices.Contains([]string{"visits", "echoes", "more", "asks", "copies", "echoed", "payments",
		"receipts", "rulings", "foreign"}, name)
}

// wipe deletes the topics and groups of the tests of this package, and waits until they are gone.
func wipe(t *testing.T, a sarama.ClusterAdmin) error {
	t.Helper()

	until(t, "former tests are wiped", func() bool {
		topics, err := a.ListTopics()
		if err != nil {
			t.Fatal(err)
		}
		groups, err := a.ListConsumerGroups()
		if err != nil {
			t.Fatal(err)
		}

		left := 0
		for name := range topics {
			if isOfTests(name) {
				left++
				_ = a.DeleteTopic(name) // it may be on its way already
			}
		}

		for name := range groups {
			if isOfTests(name) {
				left++
				_ = a.DeleteConsumerGroup(name) // its members may have to time out first
			}
		}
		return left == 0
	})

	return nil
}
