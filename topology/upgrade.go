package topology

import (
	"fmt"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// Upgrade says that the rows of a table have changed in a way that encoding/json does not bridge. Rows are
// written with the version, which must be greater than 0 and than those before; rows without one have 0. An
// older row is given to upgrade, as its JSON, before anything reads it: a step, a lookup, a query. Its
// changelog record stays as it is until the next event changes the row. A field that was removed or renamed
// is such a change: without an upgrade, a row that has it stops its stage.
//
// A row that upgrade refuses, or that is newer than version, stops its stage: it is not the fault of the
// event that met it. upgrade may be called by many goroutines; it must not keep old.
func Upgrade[K ~string, R any](
	t *Topology, table Table[K, R], version int, upgrade func(version int, old []byte) (R, error),
) {
	if version <= 0 || upgrade == nil {
		t.Report(fmt.Errorf("Upgrade %q: the version must be greater than 0, and there must be a function",
			string(table)))
		return
	}

	t.upgrades[string(table)] = plan.Upgrade{
		Version: version,
		Row: func(version int, old []byte) ([]byte, error) {
			row, err := upgrade(version, old)
			if err != nil {
				return nil, err
			}
			return plan.JSON{}.Marshal(row)
		},
	}
}
