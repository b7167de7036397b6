package processors

import "github.com/IBM/sarama"

// # Brokers that lead no more
//
// sarama learns who leads a partition when it connects, and anew when one of its own producers or consumers is
// refused. Single requests, such as those for the ends of topics, are ours: after an error the leader may be
// another one, and the one that was asked may be gone. A client that did not look again would go on asking it
// until the regular look, which comes every ten minutes.

// forgetLeaders has a client look in the background for the brokers that lead.
func forgetLeaders(client sarama.Client) {
	go func() { _ = client.RefreshMetadata() }()
}

// forgetCoordinator does the same for the coordinator of a group.
func forgetCoordinator(client sarama.Client, group string) {
	go func() { _ = client.RefreshCoordinator(group) }()
}
