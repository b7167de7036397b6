package specs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/journal/replay"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// onEach runs a test on the engines.
func onEach(t *testing.T, test func(*testing.T, topologytest.Factory)) {
	for name, start := range map[string]topologytest.Factory{"memory": topologytest.Memory,
		"embedded": processorstest.Embedded, "kafka": processorstest.Kafka} {
		t.Run(name, func(t *testing.T) { test(t, start) })
	}
}

// recorded is all that is on record, and how often each part was written.
func recorded(t *testing.T, e topologytest.Engine) (l *journal.Log, written map[string]int) {
	l, written = &journal.Log{}, map[string]int{}
	for _, r := range e.Sent("library.journal") {
		written[r.Key]++
		if err := l.Add(r.Key, r.Value); err != nil {
			t.Error(err)
		}
	}

	for _, r := range e.Sent("library.journal-parts") {
		written[r.Key]++
		l.AddPart(r.Key, r.Value)
	}

	return l, written
}

// stocked is a library with two books, of which one is lent out.
func stocked(e topologytest.Engine) {
	topologytest.Send(e, Stock, "a-1", Book{"Emma", 0})
	topologytest.Send(e, Stock, "a-2", Book{"Persuasion", 1})
}

// Each answer leaves one record, taken or not, with all that it has seen; a row and a text are kept once.
func TestAnswersGoOnRecord(t *testing.T) {
	onEach(t, func(t *testing.T, start topologytest.Factory) {
		e := start(t, library(llmtest.Says(`{"book":"a-1"}`, `{"book":"a-2"}`, `{"book":"a-2"}`)))
		stocked(e)
		topologytest.Send(e, Questions, "r-1", Question{Shelf: "a-"})
		topologytest.Send(e, Questions, "r-1", Question{Shelf: "a-"})

		l, written := recorded(t, e)
		rs := l.Records()
		if len(rs) != 3 || rs[0].ID != rs[1].ID || rs[1].ID == rs[2].ID {
			t.Fatalf("%+v", rs)
		}

		got := fmt.Sprintln(rs[0].Attempt, rs[0].Outcome, rs[0].Why, rs[1].Attempt, rs[1].Outcome,
			rs[2].Outcome, string(rs[1].Event.Value), string(rs[1].Answer))
		if want := "1 asked again topology: the case changed while it was decided: Emma is lent out 2 taken taken" +
			` {"shelf":"a-"} {"book":"a-2","before":1,"after":1}` + "\n"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}

		for i, own := range []string{`{"asked":1}`, `{"asked":1}`, `{"asked":2,"last":"a-2"}`} {
			entry := l.Entry(rs[i])
			row, err := entry.Row(rs[i].Rows[0])
			if err != nil || string(row) != own || rs[i].Rows[0].Table() != "readers" ||
				rs[i].Rows[0].Key() != "r-1" {
				t.Errorf("record %d: row %s is %s, %v", i, rs[i].Rows[0], row, err)
			}

			says, err := entry.Text(rs[i].Notes[0])
			if err != nil || says != "Choose a book that they will like." ||
				rs[i].Notes[1].Text != "on the shelf: Emma (0), Persuasion (1); a friend read: " {
				t.Errorf("record %d: notes %+v", i, rs[i].Notes)
			}
		}

		for key, n := range written {
			if n != 1 {
				t.Errorf("%s was written %d times", key, n)
			}
		}

		if len(written) != 3+4+2 { // records; rows of the reader twice and of two books; instructions, and one list of books
			t.Errorf("written: %v", written)
		}
	})
}

// A crash at any step of a settle leaves one record of the answer that took effect, as it leaves one effect.
func TestLaw4RecordsSurviveCrashes(t *testing.T) {
	onEach(t, func(t *testing.T, start topologytest.Factory) {
		steps := []string{"before settle", "after settle", "before commit"}
		e := start(t, library(llmtest.Says(slices.Repeat([]string{`{"book":"a-2"}`}, 2*len(steps))...)))
		stocked(e)

		for i, step := range steps {
			if err := e.Fault("crash " + step); err != nil {
				t.Fatal(err)
			}
			topologytest.Send(e, Questions, ReaderID(fmt.Sprint("r-", i)), Question{Shelf: "a-"})
		}

		if tips := topologytest.Sent(e, Advice); len(tips) != len(steps) {
			t.Fatalf("%d tips", len(tips))
		}

		l, written := recorded(t, e)
		for _, r := range l.Records() {
			_, err := l.Entry(r).Row(r.Rows[0])
			if n := written[journal.RecordKey(r.ID, r.Attempt)]; n != 1 || r.Outcome != journal.Taken ||
				err != nil {
				t.Errorf("written %d times, %v: %+v", n, err, r)
			}
		}

		if n := len(l.Records()); n != len(steps) {
			t.Errorf("%d records of %d answers that took effect", n, len(steps))
		}
	})
}

// A decision is asked again on the rows of then, whatever has become of them, and nothing is written.
func TestReplay(t *testing.T) {
	onEach(t, func(t *testing.T, start topologytest.Factory) {
		e := start(t, library(llmtest.Says(`{"book":"a-2"}`)))
		stocked(e)
		topologytest.Send(e, Questions, "r-1", Question{Shelf: "a-", As: "r-2"})
		topologytest.Send(e, Stock, "a-1", Book{"Emma", 7})
		l, _ := recorded(t, e)
		entry := l.Entry(l.Records()[0])

		same, err := replay.Again(t.Context(), library(llmtest.Says(`{"book":"a-2"}`)), entry)
		if err != nil || string(same.Answer) != string(entry.Answer) || same.Holds != nil ||
			same.Notes[1] != entry.Notes[1] {
			t.Errorf("%v: %+v\n%+v", err, same, entry.Record)
		}

		other, err := replay.Again(t.Context(), library(llmtest.Says(`{"book":"a-1"}`)), entry)
		if err != nil || string(other.Answer) != `{"book":"a-1","before":0,"after":0}` {
			t.Errorf("%v: %+v", err, other)
		}

		elsewhere, err := replay.Again(t.Context(), library(llmtest.Says(`{"book":"b-1"}`)), entry)
		if err != nil || !errors.Is(elsewhere.Err, journal.ErrMissing) {
			t.Errorf("a row that was not read then: %v, %+v", err, elsewhere)
		}

		if more := e.Sent("library.journal"); len(more) > 0 {
			t.Errorf("written: %v", more)
		}
	})
}

// A record that has lost its rows says which, and a topology without the operator that it has none.
func TestReplayThatCannotBe(t *testing.T) {
	e := topologytest.Memory(t, library(llmtest.Says(`{"book":"a-2"}`)))
	stocked(e)
	topologytest.Send(e, Questions, "r-1", Question{Shelf: "a-"})

	l, _ := recorded(t, e)
	r := l.Records()[0]
	if _, err := replay.Again(t.Context(), desk(llmtest.Says("{}"), topology.Policy[Case]{}),
		l.Entry(r)); err == nil || err.Error() != "replay: "+r.ID+": topology desk has no operator librarian" {
		t.Error(err)
	}
	var bare journal.Log
	b, _ := json.Marshal(r)

	_ = bare.Add("key", b)
	if _, err := replay.Again(t.Context(), library(llmtest.Says("{}")),
		bare.Entry(bare.Records()[0])); !errors.Is(err, journal.ErrMissing) {
		t.Error(err)
	}
}

// What a customer's forgetting has to delete is listed, and then nothing of the customer is there.
func TestForget(t *testing.T) {
	e := topologytest.Memory(t, library(llmtest.Says(`{"book":"a-2"}`, `{"book":"a-2"}`)))
	stocked(e)
	topologytest.Send(e, Questions, "r-1", Question{Shelf: "a-"})
	topologytest.Send(e, Questions, "r-2", Question{Shelf: "a-", As: "r-1"})

	l, _ := recorded(t, e)
	records, parts := l.Forget("readers", "r-1")
	if len(records) != 1 || len(parts) != 2 { // the row before its decision, and after, as r-2's librarian has seen it
		t.Errorf("%v %v", records, parts)
	}

	for _, key := range records {
		_ = l.Add(key, nil)
	}

	for _, key := range parts {
		l.AddPart(key, nil)
	}

	if records, parts := l.Forget("readers", "r-1"); len(records)+len(parts) > 0 || len(l.Records()) != 1 {
		t.Errorf("left: %v %v", records, parts)
	}
}

// Without Policy.Record nothing is written, and a note is nobody's.
func TestNothingGoesOnRecordUnasked(t *testing.T) {
	m := llmtest.Says(`{"reason":"on time","action":"keep"}`)
	e := topologytest.Memory(t, desk(m, topology.Policy[Case]{}))
	topologytest.Send(e, Requests, "c-1", Request{ID: "r-1", Flight: "UA1", Text: "help"})

	if n := len(topologytest.Sent(e, Decisions)) + len(e.Sent("desk.journal")) + len(e.Sent("desk.journal-parts")); n != 1 {
		t.Errorf("%d records, want the decision alone", n)
	}
	journal.AddNote(context.Background(), "facts", "none")

	if journal.Recording(context.Background()) {
		t.Error("a record of nothing")
	}
}
