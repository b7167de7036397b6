package main

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
)

// What tail prints, send takes: JSON, bytes and tombstones.
func TestLinesGoRound(t *testing.T) {
	for _, value := range []any{[]byte(`{"a":1}`), []byte("null"), []byte("{]"), []byte(nil)} {
		b, err := json.Marshal(toLine(topology.Record{Key: "k", Value: value}))
		if err != nil {
			t.Fatal(err)
		}
		r, err := fromLine(b)
		if got, _ := r.Value.([]byte); err != nil || !reflect.DeepEqual(got, value) {
			t.Errorf("%q became %q, %v, by %s", value, got, err, b)
		}
	}
}
