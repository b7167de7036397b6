package specs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// What comes may be anything. It is counted or a dead letter, and what was counted is answered, a failure, or
// a dead letter.
const (
	Parcels   topology.Topic[string, Parcel]                   = "parcels"
	Delivered topology.Topic[string, string]                   = "delivered"
	Returned  topology.Topic[string, topology.Failure[Parcel]] = "returned"
	Counted   topology.Table[string, Count]                    = "counted"
)

type (
	Parcel struct {
		Text string    `json:"text"`
		At   time.Time `json:"at,omitzero"`
		Due  time.Time `json:"due,omitzero"`
	}
	Count struct {
		In  int `json:"in,omitempty"`
		Out int `json:"out,omitempty"`
	}
)

// post takes parcels. Their texts make each step go wrong that can.
func post() *topology.Topology {
	t := topology.New("post")
	at := func(p Parcel) time.Time { return p.At }
	topology.Configure(t, Parcels, topology.TopicConfig[Parcel]{Time: at})
	in := topology.From(t, Parcels).Check(func(p Parcel) error {
		if strings.HasPrefix(p.Text, "check") {
			return errors.New("it is refused: " + p.Text)
		}
		return nil
	})
	in = topology.Fold(Counted, in, func(c Count, p Parcel) Count {
		if strings.HasPrefix(p.Text, "fold") {
			panic(p.Text)
		}
		c.In++
		return c
	})

	deadline := func(p Parcel) time.Time { return p.Due }
	out, failed := topology.Async(in, "carrier", carrier{}, topology.Policy[Parcel]{Deadline: deadline})
	topology.Fold(Counted, out, func(c Count, text string) Count {
		if strings.HasPrefix(text, "apply") {
			panic(text)
		}
		c.Out++
		return c
	}).To(Delivered)
	failed.Check(func(f topology.Failure[Parcel]) error {
		if strings.HasPrefix(f.Case.Text, "lost") {
			return errors.New("not even people want it")
		}
		return nil
	}).To(Returned)

	return t
}

// A carrier answers with the text.
type carrier struct{}

func (carrier) Decide(_ context.Context, p Parcel) (string, topology.Provenance, error) {
	switch {
	case strings.HasPrefix(p.Text, "fail"), strings.HasPrefix(p.Text, "lost"):
		return "", topology.Provenance{"why": p.Text}, errors.New(p.Text)
	case strings.HasPrefix(p.Text, "panic"):
		panic(p.Text)
	case strings.HasPrefix(p.Text, "long"):
		return strings.Repeat("long ", 200_000), nil, nil
	}
	return p.Text, topology.Provenance{"text": p.Text}, nil
}

func (carrier) Check(_ context.Context, _ Parcel, text string) error {
	if strings.HasPrefix(text, "stale") {
		return errors.New(text)
	}
	if strings.HasPrefix(text, "explode") {
		panic(text)
	}
	return nil
}

func (carrier) GiveUp(p Parcel, cause error) (string, error) {
	if strings.Contains(p.Text, "rule") {
		return "by rule", nil
	}
	if strings.Contains(p.Text, "giveup") {
		panic(p.Text)
	}
	return "", cause
}

// oddities are what a fuzzer would take long to find.
var (
	oddKeys = []string{"k", "", "\xff\xfe", "\x00", "a/b", "k\n", "\x1b[2J", "é", "e\u0301",
		strings.Repeat("k", 70_000)}

	oddTexts = []string{"fine", "check", "fold", "fail", "fail rule", "lost", "panic", "long", "long rule",
		"apply", "apply rule", "stale", "explode", "explode rule", "fail giveup", "\x00", "\u202e",
		strings.Repeat("x", 890_000)}

	oddTimes = []time.Time{{}, time.Unix(-1, 0), time.Unix(0, 0), time.UnixMilli(time.Now().UnixMicro()),
		time.Now().Add(2 * time.Hour), time.Now().AddDate(-3, 0, 0),
		time.Date(2261, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}

	oddHeaders = []string{"ce_id", "traceparent", "deadletter-error", "deadletter-own-x", "inbox-kind",
		"__streams.errors.topic", "content-type", "", "\xff", "tenant"}
)

// odd makes a record of what the fuzzer has found, and of oddities.
func odd(rng *rand.Rand, raw []byte, key, header string) topology.Record {
	pick := func(of []string, or string) string {
		if rng.IntN(3) == 0 {
			return or
		}
		return of[rng.IntN(len(of))]
	}

	r := topology.Record{
		Topic:   string(Parcels),
		Key:     pick(oddKeys, key),
		Time:    oddTimes[rng.IntN(len(oddTimes))],
		Headers: map[string]string{pick(oddHeaders, header): pick(oddTexts[:17], header)},
	}
	switch rng.IntN(6) {
	case 0:
		r.Value = raw
	case 1:
		r.Tombstone = true
	default:
		p := Parcel{Text: pick(oddTexts, string(raw)), At: oddTimes[rng.IntN(len(oddTimes))]}
		if rng.IntN(4) == 0 {
			p.Due = oddTimes[rng.IntN(len(oddTimes))]
		}
		if b, err := json.Marshal(p); err == nil {
			r.Value = b
		} else {
			r.Value = raw
		}
	}
	if r.Value == nil {
		r.Tombstone = true
	}

	return r
}

// an odds engine takes records.
type oddsEngine interface {
	topologytest.Engine
	topologytest.Producer
	topologytest.Redriver
}

// deliver sends records, and judges what became of them.
func deliver(t *testing.T, e oddsEngine, records []topology.Record) (became [4]int) {
	t.Helper()

	keys := map[string]bool{}
	for _, r := range records {
		keys[r.Key] = true
		err := e.Produce(topologytest.Message{
			Topic: r.Topic, Key: r.Key, Value: r.Value, Time: r.Time, Headers: r.Headers,
		})
		if err != nil {
			t.Fatalf("send %.100q: %v", r.Key, err)
		}
	}
	became = judge(t, e, len(records), keys)

	// What was refused is refused again.
	dead, err := e.Redrive(t.Context(), "it is refused")
	if err != nil {
		t.Fatal(err)
	}
	if again := e.Sent("post.dead-letters"); len(again) != dead {
		t.Errorf("of %d dead letters that were redriven, %d are dead again", dead, len(again))
	}

	return became
}

// judge returns how many records became what: dead, dead after they had waited, answered, failed.
func judge(t *testing.T, e oddsEngine, sent int, keys map[string]bool) (became [4]int) {
	t.Helper()

	var events, cases int
	for _, r := range e.Sent("post.dead-letters") {
		showable(t, r)
		if r.Headers["deadletter-operator"] == "" {
			events++
		} else {
			cases++
		}
	}

	answered, failed := e.Sent(string(Delivered)), e.Sent(string(Returned))
	ids := map[string]bool{}
	for _, r := range append(answered, failed...) {
		showable(t, r)
		ids[r.ID] = true
	}

	in, out := 0, 0
	for key := range keys {
		var c Count
		if _, err := e.Row(t.Context(), string(Counted), key, &c); err != nil && key != "" {
			t.Fatal(err)
		}
		in += c.In
		out += c.Out
	}

	if in+events != sent || len(answered)+len(failed)+cases != in || out != len(answered) ||
		len(ids) != len(answered)+len(failed) {
		t.Errorf("of %d records %d are counted and %d dead; of these %d are answered, %d failed and "+
			"%d dead; %d ids; the rows know of %d answers",
			sent, in, events, len(answered), len(failed), cases, len(ids), out)
	}

	return [4]int{events, cases, len(answered), len(failed)}
}

// showable fails if a record can't be shown by a worker.
func showable(t *testing.T, r topology.Record) {
	t.Helper()

	e := state.Event{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Time: r.Time, Key: r.Key,
		Value: r.Value, Headers: r.Headers}
	if _, err := json.Marshal(e); err != nil {
		t.Errorf("a record of %s can't be shown: %v", r.Topic, err)
	}
}

// Anything may come on the reference engine.
func FuzzRecords(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, []byte(`{"text":"fine"}`), "key", "header")
	}
	f.Add(uint64(3), []byte("\xff\x00"), "\xff", "\xff")

	f.Fuzz(func(t *testing.T, seed uint64, raw []byte, key, header string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()

		e, err := topologytest.NewMemory(ctx, post())
		if err != nil {
			t.Fatal(err)
		}

		rng := rand.New(rand.NewPCG(seed, 1))
		var records []topology.Record
		for range 1 + rng.IntN(8) {
			records = append(records, odd(rng, raw, key, header))
		}
		deliver(t, e.(oddsEngine), records)
	})
}

// Anything may come on a broker.
func TestRecordsOfAnyKind(t *testing.T) {
	if testing.Short() {
		t.Skip("it needs a broker")
	}

	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	e := processorstest.Embedded(t, post()).(oddsEngine)

	var records []topology.Record
	for _, text := range oddTexts { // one of each, so that each end is met
		value, err := json.Marshal(Parcel{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, topology.Record{Topic: string(Parcels), Key: "each", Value: value})
	}

	for i := range 150 {
		raw := fmt.Appendf(nil, `{"text":"fine %d"}`, i)
		if i%5 == 0 {
			raw = make([]byte, rng.IntN(2000))
			for j := range raw {
				raw[j] = byte(rng.Uint32())
			}
		}
		r := odd(rng, raw, fmt.Sprint("key-", i%7), "header")
		if !r.Time.IsZero() && (r.Time.Before(time.Unix(0, 0)) || r.Time.Year() > 2261) {
			r.Time = time.Time{} // no Go client can send it
		}
		records = append(records, r)
	}
	if became := deliver(t, e, records); slices.Contains(became[:], 0) {
		t.Errorf("dead, dead after waiting, answered, failed: %v: each should be some", became)
	}
}
