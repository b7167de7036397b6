package verb

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

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

// What tail --json prints, send takes as the same record: whatever bytes its key, its headers and their names
// are.
func TestLinesOfAnyKey(t *testing.T) {
	for _, key := range []string{"k", "k\xff\xfe", "\x00\x00\x00\x00\x00\x00\x00\n",
		"\xff\xff\xff\xff\xff\xff\xff\xff"} {
		want := topology.Record{Key: key, Value: []byte("1"), Time: time.UnixMilli(17).UTC(),
			Headers: map[string]string{"trace": key, key: "name"}}
		b, err := json.Marshal(toLine(want))
		if err != nil {
			t.Fatal(err)
		}

		if got, err := fromLine(b); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v, %v", b, got, err)
		}
	}
}

// A record of any time can be printed.
func TestLinesOfAnyTime(t *testing.T) {
	at := time.UnixMilli(1795000000000000).UTC()
	b, err := json.Marshal(toLine(topology.Record{Key: "k", Value: []byte("1"), Time: at}))
	if err != nil {
		t.Fatal(err)
	}

	if got, err := fromLine(b); err != nil || !got.Time.Equal(at) {
		t.Errorf("%s is of %v, %v", b, got.Time, err)
	}
}
