package view

import (
	"encoding/json"

	"github.com/slipstream-go/slipstream/topology"
)

// A Source is a table that answers read, with the changes of its rows that matter. [Of] makes one.
type Source struct {
	table   topology.Readable
	name    string
	matters func(old, new []byte) bool // nil: any change does
}

// Of returns the source of a table. changed gets a row as an answer has read it, and as it is now; a row
// that is not there is the zero R. It reports whether the answer is to be asked again. It is pure, and
// called often. Defaults to true. If it panics, the change matters.
func Of[K ~string, R any](table topology.Table[K, R], changed func(old, new R) bool) Source {
	s := Source{table: table, name: string(table)}
	if changed == nil {
		return s
	}

	s.matters = func(old, new []byte) (matters bool) {
		defer func() {
			if recover() != nil {
				matters = true
			}
		}()

		var was, is R
		if decode(old, &was) != nil || decode(new, &is) != nil {
			return true
		}
		return changed(was, is)
	}

	return s
}

func decode(row []byte, into any) error {
	if row == nil {
		return nil
	}
	return json.Unmarshal(row, into)
}
