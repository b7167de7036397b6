package stage

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// random is a row such as a stage may have, with times as precise as Kafka keeps them.
func random(r *rand.Rand) *Row {
	row := &Row{Version: r.Int64N(1 << 40), Time: time.UnixMilli(r.Int64N(1 << 42)).UTC()}
	if r.IntN(4) > 0 {
		row.Bytes = fmt.Appendf(nil, `{"text":%q}`, noise(r))
	}

	for range r.IntN(4) {
		q := Request{ID: noise(r), Op: "advise", Origin: "orders/3/17", Topic: "orders",
			Partition: r.Int32N(64), Offset: r.Int64(),
			EventID: "orders/3/17", Time: time.Unix(r.Int64N(1<<32),
				r.Int64N(1e9)).UTC(), Asked: r.IntN(3), Reasks: r.IntN(3), Event: []byte(noise(r))}
		for range r.IntN(3) {
			if q.Headers == nil {
				q.Headers = map[string]string{}
			}
			q.Headers[fmt.Sprint("h", r.IntN(9))] = string(octets(r))
		}

		row.Pending = append(row.Pending, q)
	}

	return row
}

// noise is text with line ends and quotes in it; octets are any.
func noise(r *rand.Rand) string { return strings.Repeat("a\n\"é\x00,", r.IntN(5)) }

func octets(r *rand.Rand) []byte {
	b := make([]byte, r.IntN(20))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// A row comes back from its store as it went there.
func TestPackRoundTrip(t *testing.T) {
	for seed := range uint64(2000) {
		row := random(rand.New(rand.NewPCG(seed, 1)))
		packed := row.Pack()
		if row.IsGone() {
			if packed != nil {
				t.Fatalf("seed %d: a row that is gone is kept", seed)
			}
			continue
		}

		got, err := Unpack(packed)
		if err != nil || !reflect.DeepEqual(got, row) {
			t.Fatalf("seed %d: %v\ngot  %+v\nwant %+v", seed, err, got, row)
		}

		if HasWaiting(packed) != (len(row.Pending) > 0) || HasValue(packed) != (row.Bytes != nil) {
			t.Fatalf("seed %d: Waits %v, HasValue %v of %+v", seed, HasWaiting(packed), HasValue(packed), row)
		}
	}
}

// A row comes back from its changelog as it went there, and its value is plain JSON on the way.
func TestChangelogRoundTrip(t *testing.T) {
	for seed := range uint64(2000) {
		row := random(rand.New(rand.NewPCG(seed, 2)))
		value := row.Value()
		if row.IsGone() {
			if value != nil {
				t.Fatalf("seed %d: a row that is gone is no tombstone", seed)
			}
			continue
		}

		headers := map[string][]byte{"traceparent": []byte("somebody else's")}
		for _, h := range row.Headers() {
			headers[h.Key] = h.Value
		}

		got, err := FromChangelog(value, row.Time, headers)
		if err != nil || !reflect.DeepEqual(got, row) {
			t.Fatalf("seed %d: %v\ngot  %+v\nwant %+v", seed, err, got, row)
		}

		if row.Bytes == nil && string(value) != "null" {
			t.Fatalf("seed %d: events wait on a record %q, which compaction might drop", seed, value)
		}
	}
}

// A waiting event is never larger than is counted, whatever its headers are.
func TestSizeIsAnUpperBound(t *testing.T) {
	for seed := range uint64(2000) {
		for _, q := range random(rand.New(rand.NewPCG(seed, 4))).Pending {
			if got, most := len(q.encode()), q.size(); got > most {
				t.Fatalf("seed %d: %d bytes, counted as %d: %+v", seed, got, most, q)
			}
		}
	}
}

// The queue keeps its order with more than ten events, whose headers do not sort as text.
func TestChangelogKeepsTheOrderOfTheQueue(t *testing.T) {
	row := &Row{Bytes: []byte("1"), Time: time.UnixMilli(0).UTC()}
	for i := range 25 {
		row.Pending = append(row.Pending, Request{ID: fmt.Sprint(i), Event: []byte("{}")})
	}

	headers := map[string][]byte{}
	for _, h := range row.Headers() {
		headers[h.Key] = h.Value
	}

	got, err := FromChangelog(row.Value(), row.Time, headers)
	if err != nil {
		t.Fatal(err)
	}

	for i := range got.Pending {
		if got.Pending[i].ID != fmt.Sprint(i) {
			t.Fatalf("place %d has %s", i, got.Pending[i].ID)
		}
	}
}

// What was cut short or changed is an error, never a panic and never a row.
func TestDamageIsNoticed(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 3))
		row := random(r)
		row.Pending = append(row.Pending, Request{ID: "x", Event: []byte(`{"text":"some"}`)})
		row.Bytes = nil

		packed := row.Pack()
		if got, err := Unpack(packed[:r.IntN(len(packed)-1)]); err == nil {
			t.Fatalf("seed %d: cut short, and still %+v", seed, got)
		}
	}

	if _, err := FromChangelog([]byte("1"), time.Time{},
		map[string][]byte{headerPending + "x": nil}); err == nil {
		t.Error("a header without a number is taken")
	}

	if _, err := FromChangelog([]byte("1"), time.Time{},
		map[string][]byte{headerPending + "0": []byte("{}")}); err == nil {
		t.Error("a waiting event that is cut short is taken")
	}
}
