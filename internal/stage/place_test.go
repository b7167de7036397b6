package stage_test

import (
	"testing"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// keyedBy are the events of words, each under the key that is its text, as a step sees them.
func keyedBy(t *testing.T) (send func(topologytest.Message), seen *[]topology.Event[string, word]) {
	t.Helper()

	const out topology.Topic[string, word] = "out"
	top := topology.New("shelf")
	topology.Configure(top, words, topology.TopicConfig[word]{Key: func(w word) string { return w.Text }})

	seen = new([]topology.Event[string, word])
	events := topology.Events(topology.From(top, words))
	topology.Map(events, func(e topology.Event[string, word]) word {
		*seen = append(*seen, e)
		return e.Value
	}).To(out)
	m := topologytest.Memory(t, top)

	return func(r topologytest.Message) {
		if err := m.(topologytest.Producer).Produce(r); err != nil {
			t.Fatal(err)
		}
	}, seen
}

// A record that gets its key from TopicConfig.Key is to its steps what its producer has sent: its headers and
// its place are those that it had.
func TestAKeyedRecordIsWhatItWas(t *testing.T) {
	send, seen := keyedBy(t)
	part := int32(3)
	headers := map[string]string{"ce_id": "p-1", "ce_type": "com.example.word", "tenant": "blue"}
	for range 2 {
		send(topologytest.Message{
			Topic: string(words), Value: []byte(`{"Text":"a"}`), Partition: &part, Headers: headers,
		})
	}

	e := (*seen)[len(*seen)-1]
	if e.Key != "a" || e.Topic != string(words) || e.Partition != 3 || e.Offset != 1 || e.ID != "p-1" {
		t.Errorf("a step sees %+v", e)
	}

	for name, want := range headers {
		if e.Headers[name] != want {
			t.Errorf("header %s is %q, want %q", name, e.Headers[name], want)
		}
	}

	if got := e.Headers["content-type"]; got != "application/json" {
		t.Errorf("it is encoded anew, and has content-type %q", got)
	}
}

// What says nothing of itself gets the type of its topic.
func TestAKeyedRecordHasTheTypeOfItsTopic(t *testing.T) {
	send, seen := keyedBy(t)
	send(topologytest.Message{Topic: string(words), Value: []byte(`{"Text":"a"}`)})

	got := (*seen)[0].Headers
	for name, want := range map[string]string{
		"ce_type": "shelf.words", "ce_source": "/shelf/words", "ce_specversion": "1.0",
	} {
		if got[name] != want {
			t.Errorf("header %s is %q, want %q", name, got[name], want)
		}
	}

	if got["ce_recordedtime"] == "" {
		t.Error("it does not say when it was written")
	}
}

// Only the engine says that an event was redriven: a producer, or a person who sends a dead letter again by
// hand, can't.
func TestNobodyElseSaysThatAnEventWasRedriven(t *testing.T) {
	send, seen := keyedBy(t)
	send(topologytest.Message{
		Topic:   string(words),
		Value:   []byte(`{"Text":"a"}`),
		Headers: map[string]string{"slipstream-redriven": "letters/0/0", "slipstream-place": "x/0/0"},
	})

	for _, e := range *seen {
		told := e.Headers["slipstream-redriven"] + e.Headers["slipstream-place"]
		if told != "" || e.Topic != string(words) {
			t.Errorf("a step sees %+v", e)
		}
	}
}
