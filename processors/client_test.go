package processors_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
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

	for topic, records := range map[string]int{"counter.guests-table": 5, string(echoes): 15,
		"counter.dead-letters": 0} {
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

// What is sent arrives as it is: strings in JSON, bytes that are no JSON, empty values. Only what says so is
// a tombstone.
func TestSentAsItIs(t *testing.T) {
	b := broker(t)
	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		return a.CreateTopic("notes", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false)
	})

	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	notes := topology.Topic[string, string]("notes")
	if err := processors.Send(t.Context(), k, notes, "ann", "hello"); err != nil {
		t.Fatal(err)
	}

	for _, r := range []topology.Record{
		{Value: json.RawMessage(`"raw"`)},
		{Value: []byte("{]")},
		{Value: []byte{}},
		{Tombstone: true},
	} {
		r.Topic, r.Key = "notes", "ann"
		if err := k.Send(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}

	var got []string
	for _, r := range read(t, b, "notes") {
		got = append(got, fmt.Sprintf("%s %v", r.Value, r.Tombstone))
	}

	want := []string{`"hello" false`, `"raw" false`, "{] false", " false", " true"}
	if !slices.Equal(got, want) {
		t.Errorf("%q came, want %q", got, want)
	}

	var typed []string
	for e, err := range processors.Follow(t.Context(), k, notes,
		processors.FollowOptions{FromBeginning: true, ToEnd: true}) {
		typed = append(typed, fmt.Sprintf("%s %s %d %t", e.Key, e.Value, e.Offset, err != nil))
	}

	if want := []string{"ann hello 0 false", "ann raw 1 false", "ann  2 true", "ann  3 true",
		"ann  4 false"}; !slices.Equal(typed, want) {
		t.Errorf("%q came, want %q", typed, want)
	}
}

func TestWhatCanNotBeSent(t *testing.T) {
	b := broker(t)

	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	for want, r := range map[string]topology.Record{
		"no value": {Topic: "notes", Key: "ann"},
		"both":     {Topic: "notes", Key: "ann", Value: []byte("1"), Tombstone: true},
		"from 1970 to": {Topic: "notes", Key: "ann", Value: []byte("1"),
			Time: time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC)},
		"does not exist": {Topic: "notes", Key: "ann", Value: []byte("1")},
	} {
		for _, err := range []error{k.Send(t.Context(), r), k.SendTo(t.Context(), r)} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "notes") {
				t.Errorf("%v, want an error that says %q and names the topic", err, want)
			}
		}
	}
}

// An error of Send says which record was not sent, and how many were.
func TestSendNamesTheRecord(t *testing.T) {
	b := broker(t)
	createWith(t, b, string(visits), "max.message.bytes", "1000000")
	createWith(t, b, "copies", "max.message.bytes", "20000")
	k := dial(t, b.Addr())

	large := make([]byte, 30_000)
	_, _ = rand.Read(large) // so that it stays large
	good := topology.Record{Topic: string(visits), Key: "k", Value: []byte("1")}
	refused := topology.Record{Topic: "copies", Key: "k", Value: large}
	lacksValue := topology.Record{Topic: string(visits), Key: "k"}

	for _, c := range []struct {
		records []topology.Record
		index   int
		sent    int
	}{
		{[]topology.Record{good, refused, good}, 1, 2},
		{[]topology.Record{good, good, lacksValue}, 2, 0}, // it is known before any is sent
	} {
		var e *processors.SendError
		err := k.Send(t.Context(), c.records...)
		if !errors.As(err, &e) || e.Index != c.index || e.Sent != c.sent {
			t.Errorf("%#v: %v, want record %d, and %d sent", e, err, c.index, c.sent)
		}
	}
}
