package processors

import (
	"sync"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// What takes the place of safeguards that a test has turned off: see testhook.Sabotage.

// keptCaches are the rows of partitions beyond their sessions, by the partition's place.
var keptCaches sync.Map

// cacheAt names a cache: that of a partition in one incarnation.
type cacheAt struct {
	in *incarnation
	id int32
}

// keepCache gives the partition the rows of the session before.
func (p *partition) keepCache() {
	if rows, ok := keptCaches.Load(cacheAt{p.in, p.id}); ok {
		p.rows = rows.(map[string]*stage.Row)
	}
	keptCaches.Store(cacheAt{p.in, p.id}, p.rows)
}

// anybody identifies a group, and no member of it.
func (in *incarnation) anybody() *sarama.ConsumerGroupMetadata {
	return &sarama.ConsumerGroupMetadata{GroupID: in.s.group, GenerationID: -1}
}
