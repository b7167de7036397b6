package stage_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/topology"
)

// many is a copy of tariffs with so many rows.
type many int

func (many) Lookup(string, string) ([]byte, int64, error) { return []byte("7"), 1, nil }

func (m many) Scan(_, prefix string, f func(string, []byte, int64) bool) error {
	for i := range int(m) {
		if !f(fmt.Sprintf("%s%05d", prefix, i), []byte("7"), 1) {
			break
		}
	}
	return nil
}

// settled has one case decided on record by decide, and returns the record and how many parts it has.
func settled(t *testing.T, o stage.Options, rows stage.Copies, event string,
	decide topology.Func[parcel, string]) (r journal.Record, parts int) {
	d := topology.New("post")
	topology.Fold(tariffs, topology.From(d, ratings), topology.Latest)
	kept := topology.Fold(depot, topology.From(d, parcels), topology.Latest)
	answers, _ := topology.Async(kept, "price", decide,
		topology.Policy[parcel]{Record: true, Reads: []topology.Readable{tariffs}})
	answers.To(prices)

	p, err := d.Plan()
	if err != nil {
		t.Fatal(err)
	}
	o.Partitions = partitions
	e := &engine{t: t, plan: p, row: &stage.Row{}, machine: stage.New(p, p.Stage("depot"), o), copies: rows}
	e.deliver(stage.Message{Topic: "parcels", Key: "k", Partition: murmur2.Partition("k", partitions),
		Value: []byte(event)})
	answered := make(chan stage.Answer)
	calls := stage.NewCalls(t.Context(), p, p.Stage("depot"), stage.CallOptions{
		Copies: rows,
		Lease:  func(context.Context) error { return nil },
		Answer: func(a stage.Answer) { answered <- a },
	})
	calls.Take("price")
	calls.Make(e.calls[0])
	e.apply(e.settle(<-answered))

	for _, out := range e.out {
		switch out.Topic {
		case "post.journal":
			if err := json.Unmarshal(out.Value, &r); err != nil {
				t.Error(err)
			}

			if n := len(out.Value); n > o.MaxRecord && o.MaxRecord > 0 {
				t.Errorf("a record of %d bytes", n)
			}
		case "post.journal-parts":
			parts++
		}
	}

	return r, parts
}

// What a decision leaves on record is bounded, however much it read and said.
func TestRecordsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	talk := func(ctx context.Context, _ parcel) (string, error) {
		for i := range 300 {
			journal.AddNote(ctx, fmt.Sprint(i), long[:1000])
		}
		journal.AddSharedNote(ctx, "shared", long)

		for range topology.Scan(ctx, tariffs, "") {
		}
		return "5", nil
	}

	r, parts := settled(t, stage.Options{}, many(501), `{"Text":"a"}`, talk)
	said, cut := 0, 0
	for _, n := range r.Notes {
		if said += len(n.Text); n.Cut {
			cut++
		}
	}

	if said != 64<<10 || len(r.Notes) != 256 || cut == 0 {
		t.Errorf("%d bytes in %d notes, %d of them cut", said, len(r.Notes), cut)
	}

	if parts != 0 || len(r.Reads) != 1 || r.Reads[0].Rows != 501 || r.Reads[0].List != "" {
		t.Errorf("%d parts, %+v", parts, r.Reads)
	}

	if r, parts = settled(t, stage.Options{}, many(500), `{"Text":"a"}`, talk); parts != 501 ||
		r.Reads[0].List == "" {
		t.Errorf("%d parts of 500 rows and their list: %+v", parts, r.Reads)
	}
}

// A record that would be too large for a topic is made smaller: it is never the fault of the decision.
func TestRecordsFitTheirTopic(t *testing.T) {
	event := fmt.Sprintf(`{"Text":%q}`, strings.Repeat("y", 1500))
	talk := func(ctx context.Context, _ parcel) (string, error) {
		journal.AddNote(ctx, "prompt", strings.Repeat("x", 3000))
		return "5", nil
	}

	r, _ := settled(t, stage.Options{MaxRecord: 4000}, many(0), event, talk)
	if r.ID == "" || len(r.Notes) != 0 || string(r.Answer) != `"5"` || len(r.Event.Value) < 1500 {
		t.Errorf("%d notes, answer %s, event of %d bytes, %s", len(r.Notes), r.Answer, len(r.Event.Value),
			r.Outcome)
	}

	loud := func(context.Context, parcel) (string, error) { return strings.Repeat("z", 3000), nil }
	if r, _ = settled(t, stage.Options{MaxRecord: 4000}, many(0), event, loud); r.ID == "" ||
		r.Answer != nil || r.Outcome != journal.Taken {
		t.Errorf("%d notes, answer %s, event of %d bytes, %s", len(r.Notes), r.Answer, len(r.Event.Value),
			r.Outcome)
	}
}
