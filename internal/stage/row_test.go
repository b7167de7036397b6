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
	row := &Row{Version: r.Int64N(1 << 40), Time: time.UnixMilli(r.Int64N(1 << 42)).UTC(), Schema: r.IntN(3)}
	row.Bytes = fmt.Appendf(nil, `{"text":%q}`, noise(r))
	return row
}

// randomKept is an event that waits.
func randomKept(r *rand.Rand) Kept {
	k := Kept{Asked: r.IntN(3), Reasks: r.IntN(3), Cause: noise(r), Request: &Request{
		ID:        noise(r),
		Op:        "advise",
		Origin:    "orders/3/17",
		Topic:     "orders",
		Partition: r.Int32N(64),
		Offset:    r.Int64(),
		EventID:   noise(r),
		Time:      time.Unix(r.Int64N(1<<32), r.Int64N(1e9)).UTC(),
		Since:     time.Unix(r.Int64N(1<<32), r.Int64N(1e9)).UTC(),
		Anchor:    noise(r),
		Event:     []byte(noise(r)),
	}}
	for range r.IntN(3) {
		if k.Headers == nil {
			k.Headers = map[string]string{}
		}
		k.Headers[fmt.Sprint("h", r.IntN(9))] = string(octets(r))
	}

	return k
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

// A row comes back from its store as it went there, and so do queues.
func TestPackRoundTrip(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		row := random(r)
		if got, err := Unpack(row.Pack()); err != nil || !reflect.DeepEqual(got, row) {
			t.Fatalf("seed %d: %v\ngot  %+v\nwant %+v", seed, err, got, row)
		}

		var queues []Queue
		for i := range r.IntN(4) {
			op := fmt.Sprint(noise(r), i)
			queues = append(queues, Queue{Op: op, First: r.Int64(), Next: r.Int64(), Asked: r.IntN(9),
				Reasks: r.IntN(9), Cause: noise(r), Marked: r.IntN(2) == 0})
		}

		if got, err := UnpackQueues(PackQueues(queues)); err != nil || !reflect.DeepEqual(got, queues) {
			t.Fatalf("seed %d: %v\ngot  %+v\nwant %+v", seed, err, got, queues)
		}
	}

	if (&Row{}).Pack() != nil || PackQueues(nil) != nil {
		t.Error("what is gone is kept")
	}
}

// A row comes back from its changelog as it went there, and its value is plain JSON on the way.
func TestChangelogRoundTrip(t *testing.T) {
	for seed := range uint64(2000) {
		row := random(rand.New(rand.NewPCG(seed, 2)))
		headers := map[string][]byte{"traceparent": []byte("somebody else's")}
		for _, h := range row.Headers() {
			headers[h.Key] = h.Value
		}

		got, kept, err := FromChangelog(row.Bytes, row.Time, headers)
		if err != nil || !reflect.DeepEqual(got, row) || kept != nil {
			t.Fatalf("seed %d: %v\ngot  %+v\nwant %+v", seed, err, got, row)
		}
	}
}

// An event that waits comes back as it was kept, and is never larger than is counted, whatever its headers
// are.
func TestKeptRoundTrip(t *testing.T) {
	for seed := range uint64(2000) {
		want := randomKept(rand.New(rand.NewPCG(seed, 4)))
		b := want.Encode()
		if got, err := DecodeKept(b); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %v\ngot  %+v\nwant %+v", seed, err, got, want)
		}

		if got, most := len(b), want.Size(); got > most {
			t.Fatalf("seed %d: %d bytes, counted as %d: %+v", seed, got, most, want)
		}
	}
}

// In former versions, events waited in the headers of their row. They keep their order with more than ten,
// whose headers do not sort as text.
func TestEventsInHeadersKeepTheirOrder(t *testing.T) {
	headers := map[string][]byte{headerVersion: []byte("7")}
	for i := range 25 {
		k := Kept{&Request{ID: fmt.Sprint(i), Event: []byte("{}")}, 1, 0, ""}
		headers[headerPending+fmt.Sprint(i)] = k.Encode()
	}

	row, kept, err := FromChangelog([]byte("null"), time.Time{}, headers)
	if err != nil || row.Bytes != nil || row.Version != 7 || len(kept) != 25 {
		t.Fatalf("%+v, %d events, %v", row, len(kept), err)
	}

	for i := range kept {
		if kept[i].ID != fmt.Sprint(i) || kept[i].Asked != 1 {
			t.Fatalf("place %d has %s", i, kept[i].ID)
		}
	}
}

// The marker is nothing to this version. (A version before could not read it: see TestKeptState.)
func TestMarkerIsNoRow(t *testing.T) {
	value, hs := Marker()
	headers := map[string][]byte{}
	for _, h := range hs {
		headers[h.Key] = h.Value
	}

	row, kept, err := FromChangelog(value, time.Time{}, headers)
	if err != nil || row.Bytes != nil || kept != nil {
		t.Errorf("%+v, %v, %v", row, kept, err)
	}
}

// What was cut short or changed is an error, never a panic and never a row.
func TestDamageIsNoticed(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 3))
		packed := PackQueues([]Queue{{Op: "operator", First: r.Int64(), Next: r.Int64(), Asked: r.IntN(900),
			Reasks: r.IntN(900), Cause: "no", Marked: true}})
		if got, err := UnpackQueues(packed[:1+r.IntN(len(packed)-1)]); err == nil {
			t.Fatalf("seed %d: cut short, and still %+v", seed, got)
		}
	}

	for _, headers := range []map[string][]byte{
		{headerPending + "x": nil},          // without a number
		{headerPending + "0": []byte("{}")}, // cut short
	} {
		if _, _, err := FromChangelog([]byte("1"), time.Time{}, headers); err == nil {
			t.Errorf("%v is taken", headers)
		}
	}
}
