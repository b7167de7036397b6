package processors

import (
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// refuseMisplaced refuses a row, or an event that waits, in a partition that is not its key's. It was written
// when the topics had another number of partitions. New events of the key go to another partition now, and
// would begin a second row there.
func (s *runner) refuseMisplaced(key string, part int32) error {
	if at := murmur2.Partition(key, s.partitions); at != part && !testhook.IsOff(testhook.Places) {
		return &FatalError{fmt.Errorf("stage %s: the row of key %q is in partition %d, and its events "+
			"are in partition %d of %d: its topics had another number of partitions when it was written. %s",
			s.group, key, part, at, s.partitions, repartitionRemedy)}
	}
	return nil
}

// noteMisplaced notes a partition whose changelog has a row of another one. The row may have been moved
// since: then a deletion follows.
func (s *runner) noteMisplaced(key string, part int32) {
	if murmur2.Partition(key, s.partitions) != part {
		s.misplaced.Store(part, true)
	}
}

// sampledRows is how many rows of a store are looked at. If partitions were added, most are misplaced.
const sampledRows = 500

// refuseMisplacedRows looks at the rows of a recovered store: at all of them if recovery has met a misplaced
// one, else at a sample, since the store may be older than the number of partitions.
func (p *partition) refuseMisplacedRows() (err error) {
	_, all := p.in.s.misplaced.Load(p.id)

	n := 0
	scanned := p.store.Scan(rowSpace, "", func(key string, _ []byte) bool {
		n++
		err = p.in.s.refuseMisplaced(strings.Clone(key[len(rowSpace):]), p.id)
		return err == nil && (all || n < sampledRows)
	})
	if err == nil {
		err = scanned
	}
	return err
}
