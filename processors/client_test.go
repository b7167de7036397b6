package processors_test

import (
	"maps"
	"testing"

	"github.com/slipstream-go/slipstream/processors"
)

// A topic ends after its last committed record, not after the marker of the transaction that wrote it.
func TestEndsAreThoseOfRecords(t *testing.T) {
	b := broker(t)
	w := run(t, processors.Config{Brokers: []string{b.Addr()}}, counter(nil))
	send(t, b, 5, 3)
	settle(t, w)
	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	for topic, records := range map[string]int{"counter.guests-table": 5, string(echoes): 15, "counter.dead-letters": 0} {
		want, n := map[int32]int64{0: 0, 1: 0, 2: 0, 3: 0}, 0
		for _, r := range read(t, b, topic) {
			want[r.Partition], n = r.Offset+1, n+1
		}
		got, err := k.Ends(t.Context(), topic)
		if err != nil || !maps.Equal(got, want) || n < records {
			t.Errorf("%s: ends %v, want %v, with %d records: %v", topic, got, want, n, err)
		}
	}
	if _, err := k.Ends(t.Context(), "nowhere"); err == nil {
		t.Error("a topic that is not there has ends")
	}
}
