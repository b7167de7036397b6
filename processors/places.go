package processors

import (
	"fmt"
	"strings"

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

// notePlace notes a partition whose changelog has had rows of other partitions. They may have been moved away
// since, and then a deletion follows.
func (s *runner) notePlace(key string, part int32) {
	if murmur2.Partition(key, s.partitions) != part {
		s.strange.Store(part, true)
	}
}

// sampled is how many rows of a store are looked at. If partitions were added, most of them are misplaced.
const sampled = 500

// placed looks at rows of a recovered store: at all of them if there have been others, else at some that it
// may have had since before.
func (p *partition) placed() (err error) {
	_, strange := p.in.s.strange.Load(p.id)

	n := 0
	scanned := p.store.Scan(rowSpace, "", func(key string, _ []byte) bool {
		n++
		err = p.in.s.places(strings.Clone(key[len(rowSpace):]), p.id)
		return err == nil && (strange || n < sampled)
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
