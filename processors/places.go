package processors

import (
	"fmt"
	"strings"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// places refuses a row, or an event that waits, in a partition that is not its key's. It got there when the
// topics had another number of partitions: its events go elsewhere now, and would begin a second row.
func (s *runner) places(key string, part int32) error {
	if at := murmur2.Partition(key, s.partitions); at != part && !testhook.IsOff(testhook.Places) {
		return &FatalError{fmt.Errorf("stage %s: the row of key %q is in partition %d, and its events "+
			"are in partition %d of %d: its topics had another number of partitions when it was written. %s",
			s.group, key, part, at, s.partitions, repartitionRemedy)}
	}
	return nil
}

// placesCell does the same for a record of an event that waits.
func (s *runner) placesCell(m *sarama.ConsumerMessage) error {
	id, _, err := parseCell(string(m.Key))
	if err != nil {
		return fmt.Errorf("%s/%d/%d: %w", m.Topic, m.Partition, m.Offset, err)
	}
	return s.places(id.key, m.Partition)
}

// sampled is how many rows of a store are looked at. If partitions were added, most of them are misplaced.
const sampled = 500

// placed looks at some rows that the store has had since before, and recovery has not read.
func (p *partition) placed() (err error) {
	n := 0
	scanned := p.store.Scan(rowSpace, "", func(key string, _ []byte) bool {
		n++
		err = p.in.s.places(strings.Clone(key[len(rowSpace):]), p.id)
		return err == nil && n < sampled
	})
	if err == nil {
		err = scanned
	}
	return err
}

// withoutPositions reports rows whose group has no positions.
func (s *runner) withoutPositions(part int32) error {
	own := "topic " + s.changelog
	if s.cells != "" {
		own = "topics " + s.changelog + " and " + s.cells
	}

	return fmt.Errorf("partition %d of stage %s has rows in its changelog, but its group has no committed "+
		"positions there: they have expired or were deleted, or the inputs were made anew. Reading from "+
		"the beginning would count events twice. To compute the table again, and send again what it "+
		"sends, delete %s while no worker runs. To keep the rows, set the positions of group %s by "+
		"kafka-consumer-groups: to the beginning only if the inputs were made anew",
		part, s.group, own, s.group)
}
