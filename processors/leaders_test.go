package processors

import (
	"context"
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

// A broker is lost that was controller and the group's coordinator. An error of it has the worker's own client
// look for those that there are now, or else the stage is rebuilt in vain for ten minutes.
func TestALostBrokerIsNotAskedForEver(t *testing.T) {
	for name, meet := range map[string]func(*incarnation, *session){
		"a heartbeat":          func(in *incarnation, x *session) { _ = in.heartbeat(x) },
		"a look at the topics": func(in *incarnation, _ *session) { _ = in.s.w.lookAround(in.ctx) },
		"a stage that is rebuilt": func(in *incarnation, _ *session) {
			ctx, cancel := context.WithCancel(in.ctx)
			in.s.w.c.OnNotice = func(Notice) { cancel() }
			_ = in.s.run(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			lost, left := sarama.NewMockBroker(t, 1), sarama.NewMockBroker(t, 2)
			lost.Close()
			defer left.Close()

			metadata := sarama.NewMockMetadataResponse(t).SetBroker(left.Addr(), 2).SetLeader("asks", 0, 2)
			coordinator := func(b *sarama.MockBroker) sarama.MockResponse {
				return sarama.NewMockFindCoordinatorResponse(t).
					SetCoordinator(sarama.CoordinatorGroup, "asking.rows", b)
			}
			left.SetHandlerByMap(map[string]sarama.MockResponse{
				"MetadataRequest": sarama.NewMockSequence(
					sarama.NewMockMetadataResponse(t).SetBroker(lost.Addr(), 1).SetBroker(left.Addr(), 2).
						SetLeader("asks", 0, 2).SetController(1), metadata.SetController(2)),
				"FindCoordinatorRequest": sarama.NewMockSequence(coordinator(lost), coordinator(left)),
			})

			in, x := newTestSession(t, nil)
			c := in.s.w.c.sarama("test", in.s.w.c.connections())
			c.ApiVersionsRequest = false // the mock would list what it answers only

			client, err := sarama.NewClient([]string{left.Addr()}, c)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			in.s.w.client_ = client

			in.s.w.runners = []*runner{in.s}

			brokers := func() (controller, coordinator *sarama.Broker) {
				controller, err := client.Controller()
				if err != nil {
					t.Fatal(err)
				}

				if coordinator, err = client.Coordinator(in.s.group); err != nil {
					t.Fatal(err)
				}
				return controller, coordinator
			}

			a, b := brokers()
			if a.ID() != 1 || b.ID() != 1 {
				t.Fatalf("controller %d, coordinator %d", a.ID(), b.ID())
			}
			meet(in, x)

			deadline := time.Now().Add(10 * time.Second)
			for a.ID() != 2 || b.ID() != 2 {
				if time.Now().After(deadline) {
					t.Fatalf("controller %d and coordinator %d are still asked", a.ID(), b.ID())
				}
				time.Sleep(time.Millisecond)
				a, b = brokers()
			}
		})
	}
}
