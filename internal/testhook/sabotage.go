package testhook

import (
	"fmt"
	"slices"
	"strings"
)

// A Safeguard is a part of the engine that prevents one kind of damage. A test turns one off, and shows that
// another test notices: a safeguard that no test misses may be lost in any change.
type Safeguard string

// The safeguards that can be turned off.
const (
	// Generation: positions join a transaction with the generation of the group, so the broker refuses those
	// of a worker that has lost its partitions.
	Generation Safeguard = "generation"
	// FreshCache: the rows in memory are those of one session. Another worker may have written since.
	FreshCache Safeguard = "fresh-cache"
	// Lease: a call is made only while the worker has shown a short time ago that it owns its partitions.
	Lease Safeguard = "lease"
	// Positions: those of all inputs are part of every transaction.
	Positions Safeguard = "positions"
	// SentOnce: a transactional producer sends no request to a coordinator again when its connection broke.
	SentOnce Safeguard = "sent-once"
	// Name: of two workers of one name, the one that claimed it first ends.
	Name Safeguard = "name"
)

// Safeguards returns all safeguards that can be turned off.
func Safeguards() []Safeguard {
	return []Safeguard{Generation, FreshCache, Lease, Positions, SentOnce, Name}
}

// off are the safeguards that are turned off. Nothing changes it once a worker runs.
var off map[Safeguard]bool

// Sabotage turns off the safeguards that list names, separated by commas, in all workers of this process. It
// must be called before the first of them runs. No production code calls it. Its error names a safeguard that
// does not exist.
func Sabotage(list string) error {
	for name := range strings.SplitSeq(list, ",") {
		s := Safeguard(strings.TrimSpace(name))
		if s == "" {
			continue
		}

		if !slices.Contains(Safeguards(), s) {
			return fmt.Errorf("testhook: there is no safeguard %q: the safeguards are %v", s, Safeguards())
		}

		if off == nil {
			off = map[Safeguard]bool{}
		}
		off[s] = true
	}

	return nil
}

// IsOff reports whether a safeguard is turned off.
func IsOff(s Safeguard) bool { return off[s] }
