package verb

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
)

// What tail prints, send takes: JSON, bytes and tombstones.
func TestLinesGoRound(t *testing.T) {
	for _, value := range [][]byte{[]byte(`{"a":1}`), []byte("null"), []byte("{]"), {}, nil} {
		b, err := json.Marshal(toLine(topology.Record{Key: "k", Value: value, Tombstone: value == nil}))
		if err != nil {
			t.Fatal(err)
		}

		r, err := fromLine(b)
		if err != nil || !reflect.DeepEqual(r.Value, value) || r.Tombstone != (value == nil) {
			t.Errorf("%q became %q, %v, by %s", value, r.Value, err, b)
		}
	}
}

// A dead letter whose value was cut is not sent as if it were whole.
func TestLineOfACutValue(t *testing.T) {
	r, err := fromLine([]byte(`{"topic":"orders","key":"k","value":null,"bytes":"e30=","size":2000000}`))
	if err == nil {
		t.Errorf("it became %+v", r)
	}
}
