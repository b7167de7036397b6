package journal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/journal"
)

func ExampleRef() {
	r := journal.NewRef("flights", "UA1.2013-03-08", 3, []byte(`{"free":2}`))
	fmt.Println(r, r.Table(), r.Key(), r.Version(), r.Written())
	fmt.Println(journal.NewRef("flights", "UA2", 0, nil).Written())
	// Output:
	// flights/UA1.2013-03-08@3#9b1da1ba flights UA1.2013-03-08 3 true
	// false
}

func ExampleLog() {
	var l journal.Log
	_ = l.Add("shop/advise/orders/0/1#1", []byte(`{"id":"shop/advise/orders/0/1","attempt":1,"key":"ann","outcome":"taken",
		"rows":["totals/ann@2#d4735e3a"],"answer":{"say":"yes"}}`))
	l.AddPart("totals/ann@2#d4735e3a", []byte("2"))
	e := l.Entry(l.Records()[0])
	row, err := e.Row(e.Rows[0])
	fmt.Println(e.Outcome, string(e.Answer), string(row), err)
	records, parts := l.Forget("totals", "ann")
	fmt.Println(records, parts)
	// Output:
	// taken {"say":"yes"} 2 <nil>
	// [shop/advise/orders/0/1#1] [totals/ann@2#d4735e3a]
}

// Keys may contain what separates the parts of a reference.
func TestRefOfAnyKey(t *testing.T) {
	for _, key := range []string{"c-1", "a/b", "me@home", "no#1", "x@7#8", "", "@", "é", "\xff@\n"} {
		for version, row := range map[int64][]byte{0: nil, 12: []byte(`{"a":1}`)} {
			r := journal.NewRef("t", key, version, row)
			if r.Table() != "t" || r.Key() != key || r.Version() != version || r.Written() != (row != nil) {
				t.Errorf("%s: %s %s %d %v", r, r.Table(), r.Key(), r.Version(), r.Written())
			}
		}
	}

	if journal.NewRef("t", "k", 1, []byte("1")) == journal.NewRef("t", "k", 1, []byte("2")) {
		t.Error("two rows of one version, which a deletion makes possible, have one name")
	}
}

// Attempts of one decision stand together, in order, whatever came between them and whatever the workers'
// clocks say.
func TestRecordsByDecision(t *testing.T) {
	var l journal.Log
	for _, r := range []string{`{"id":"b","attempt":1,"began":"2026-01-01T00:00:02Z"}`,
		`{"id":"a","attempt":2,"began":"2026-01-01T00:00:03Z"}`,
		`{"id":"a","attempt":1,"began":"2026-01-01T00:00:01Z"}`, `{"id":"c","attempt":2,"began":"2026-01-01T00:00:04Z"}`, `{"id":"c","attempt":1,"began":"2026-01-01T00:00:05Z"}`} {
		if err := l.Add(r, []byte(r)); err != nil {
			t.Fatal(err)
		}
	}

	var got []string
	for _, r := range l.Records() {
		got = append(got, journal.RecordKey(r.ID, r.Attempt))
	}

	if want := []string{"a#1", "a#2", "b#1", "c#1", "c#2"}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

// A record comes back from its topic as it went there, whatever bytes its event has.
func TestRecordRoundTrip(t *testing.T) {
	for _, value := range []string{`{"a":1}`, `"text"`, `tea 2`, "\x00\xff", `{"slipstream-base64":1}`, ""} {
		r := journal.Record{ID: "shop/advise/orders/0/1", Attempt: 2, Operator: "advise", Key: "ann",
			Outcome: journal.Again, Why: "too late",
			Event: journal.Event{Topic: "orders", Offset: 1, ID: "e", Time: time.Unix(7, 0).UTC(),
				Headers: map[string]string{"h": "v"}, Value: journal.Bytes(value)},
			Rows: []journal.Ref{"totals/ann@2#d4735e3a"}, Reads: []journal.Read{{Scan: "p/", Rows: 3,
				List: "abc"}},
			Notes: []journal.Note{{Name: "1 user", Text: "hello",
				Cut: true}}, Answer: journal.Bytes(`{"say":"yes"}`), Began: time.Unix(8, 0).UTC(), Took: 12}
		b, err := json.Marshal(r)
		var got journal.Record
		if err = errors.Join(err, json.Unmarshal(b, &got)); err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%v\ngot  %+v\nwant %+v", err, got, r)
		}
	}
}

func TestLogReportsDamage(t *testing.T) {
	var l journal.Log
	if err := l.Add("k#1", []byte("{")); err == nil {
		t.Error("half a record is taken")
	}
	_ = l.Add("k#1", []byte(`{"rows":["t/k@1#00000000"],"reads":[{"scan":"t/","rows":9000}],"notes":[{"name":"n","kept":"00"}]}`))
	e := l.Entry(l.Records()[0])

	_, row := e.Row(e.Rows[0])
	_, scan := e.Passed(e.Reads[0])
	_, text := e.Text(e.Notes[0])
	for _, err := range []error{row, scan, text} {
		if !errors.Is(err, journal.ErrMissing) {
			t.Errorf("%v", err)
		}
	}

	if b, err := e.Row("t/never@0"); b != nil || err != nil {
		t.Errorf("a row that never was: %s, %v", b, err)
	}
}

// Keys of other clients are bytes of any kind, longs of Java for one, and so are headers. A record has them
// as they are, and what is text is JSON as it always was.
func TestRecordsOfAnyKey(t *testing.T) {
	for key, want := range map[string]string{
		"ann": `{"id":"i","attempt":1,"operator":"advise","key":"ann","outcome":"taken",` +
			`"event":{"topic":"orders",` +
			`"partition":0,"offset":1,"id":"e","time":"1970-01-01T00:00:07Z",` +
			`"headers":{"h":"ann"},"value":1},` +
			`"rows":["totals/ann@2#d4735e3a"],"reads":[{"scan":"totals/ann","rows":1}],` +
			`"began":"1970-01-01T00:00:08Z","took_ms":12}`,
		"\x00\n\xff": `{"id":"i","attempt":1,"operator":"advise","key":{"base64":"AAr/"},` +
			`"outcome":"taken","event":` +
			`{"topic":"orders","partition":0,"offset":1,"id":"e","time":"1970-01-01T00:00:07Z",` +
			`"headers":{"h":{"base64":"AAr/"}},"value":1},` +
			`"rows":[{"base64":"dG90YWxzLwAK/0AyI2Q0NzM1ZTNh"}],` +
			`"reads":[{"scan":{"base64":"dG90YWxzLwAK/w=="},"rows":1}],` +
			`"began":"1970-01-01T00:00:08Z","took_ms":12}`,
	} {
		r := journal.Record{ID: "i", Attempt: 1, Operator: "advise", Key: key, Outcome: journal.Taken,
			Event: journal.Event{Topic: "orders", Offset: 1, ID: "e", Time: time.Unix(7, 0).UTC(),
				Headers: map[string]string{"h": key}, Value: journal.Bytes("1")},
			Rows:  []journal.Ref{journal.NewRef("totals", key, 2, []byte("2"))},
			Reads: []journal.Read{{Scan: "totals/" + key, Rows: 1}},
			Began: time.Unix(8, 0).UTC(), Took: 12}

		b, err := json.Marshal(r)
		var back journal.Record
		if err = errors.Join(err, json.Unmarshal(b, &back)); err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%v\ngot  %+v\nwant %+v", err, back, r)
		}

		if string(b) != want {
			t.Errorf("\n%s, want\n%s", b, want)
		}
	}
}

// A time that JSON has no form for does not keep a record from being written.
func TestRecordsOfAnyTime(t *testing.T) {
	e := journal.Event{Time: time.UnixMilli(1795000000000000).UTC(), Value: journal.Bytes("1")}
	b, err := json.Marshal(e)
	var back journal.Event
	if err = errors.Join(err, json.Unmarshal(b, &back)); err != nil || !reflect.DeepEqual(back, e) {
		t.Errorf("%s, %v, read as %+v", b, err, back)
	}
}
