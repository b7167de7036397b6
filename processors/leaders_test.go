package processors

import (
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kfake"
)

// Requests of a worker's own find a partition's new leader, also if the broker that led it is gone.
func TestRequestsFollowALeaderThatMoves(t *testing.T) {
	const topic = "letters"
	asks := map[string]func(sarama.Client) error{
		"ends": func(c sarama.Client) error {
			_, err := newestOffsets(c, []string{topic})
			return err
		},
		"visible end": func(c sarama.Client) error {
			_, err := fetch(c, topic, 0, 0)
			return err
		},
		"open transactions": func(c sarama.Client) error {
			_, err := openTxns(c, []place{{topic, 0}})
			return err
		},
	}
	moves := map[string]func(c *kfake.Cluster, leader int32) error{
		"moved": func(c *kfake.Cluster, leader int32) error { return c.MoveTopicPartition(topic, 0, 1-leader) },
		"gone":  func(c *kfake.Cluster, leader int32) error { return c.RemoveNode(leader) },
	}

	for what, move := range moves {
		for name, ask := range asks {
			t.Run(name+", "+what, func(t *testing.T) {
				cluster, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(1, topic))
				if err != nil {
					t.Fatal(err)
				}
				defer cluster.Close()

				c := Config{SessionTimeout: time.Second}
				client, err := sarama.NewClient(cluster.ListenAddrs(), c.sarama("test", c.connections()))
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = client.Close() }()

				leader, err := client.Leader(topic, 0)
				if err == nil {
					err = ask(client)
				}
				if err == nil {
					err = move(cluster, leader.ID())
				}
				if err != nil {
					t.Fatal(err)
				}

				for again := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
					if err = ask(client); err == nil {
						return
					}
					if time.Now().After(again) {
						t.Fatalf("the new leader is not found: %v", err)
					}
				}
			})
		}
	}
}
