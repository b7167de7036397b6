package exam_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/airline/concierge"
	"github.com/slipstream-go/slipstream/airline/handbook"
	"github.com/slipstream-go/slipstream/airline/measure/exam"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

func open(t *testing.T, name string) *os.File {
	t.Helper()

	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })

	return f
}

func notes(t *testing.T) []exam.Note {
	t.Helper()

	all, err := exam.ReadNotes(open(t, "notes.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readings(t *testing.T, by exam.Decider) (all []exam.Reading) {
	t.Helper()

	for _, n := range notes(t) {
		r, err := n.Read(context.Background(), by)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}

	return all
}

// A note is read by the product's own reader, and a wish with another time is half right.
func TestNotesAreReadByTheProduct(t *testing.T) {
	m := llmtest.Says(
		`{"reason":"sings at 20:30","wish":"arrive-before","time":""}`,
		`{"reason":"does not mind","wish":"wait","time":""}`,
		`fails 500 down`)

	report := exam.ReportNotes(readings(t, rebooking.Agent(m)))
	if report.Wish.K != 2 || report.Wish.N != 3 || report.WishAndTime.K != 2 || report.Unread != 1 {
		t.Errorf("%+v", report)
	}

	if report.Orders.K != 1 || report.Orders.N != 1 {
		t.Errorf("orders: %+v", report.Orders)
	}

	if s := report.ByWish["money-back"]; s.K != 0 || s.N != 1 {
		t.Errorf("money-back: %+v", s)
	}
}

// Rules alone read nothing: right is what says nothing.
func TestRulesReadNothing(t *testing.T) {
	if report := exam.ReportNotes(readings(t, rebooking.Policy)); report.Wish.K != 1 {
		t.Errorf("%+v", report.Wish)
	}
}

func TestFormatIsStrict(t *testing.T) {
	const good = `{"id":"a","lang":"en","note":"x","wish":"wait","time":"","why":""}` + "\n"
	for text, want := range map[string]string{
		`{"id":"a","lang":"en","note":"x","wish":"fly","time":"","why":""}`:           "no such wish",
		`{"id":"a","lang":"en","note":"x","wish":"wait","time":"","why":"","x":1}`:    "unknown field",
		`{"id":"a","lang":"en","note":"x","wish":"depart-after","time":"","why":""}`:  "needs a time",
		`{"id":"a","lang":"en","note":"x","wish":"wait","time":"10:00","why":"late"}`: "has no time",
		`{"id":"","lang":"en","note":"x","wish":"wait","time":"","why":""}`:           "no id",
		"":          "no cases",
		good + good: "line 2: the id \"a\" is there twice",
	} {
		_, err := exam.ReadNotes(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// played plays the conversation of testdata with a model that answers so.
func played(t *testing.T, answers ...string) *exam.Played {
	t.Helper()

	talks, err := exam.ReadTalks(open(t, "talks.jsonl"))
	if err != nil {
		t.Fatal(err)
	}

	p, err := talks[0].Play(context.Background(), concierge.Config{
		Model:    llm.ToolsBySchema(llmtest.Says(answers...)),
		Handbook: new(handbook.Index(nil)),
	})
	if err != nil {
		t.Fatal(err)
	}

	if len(p.Differs) > 0 {
		t.Errorf("the situation differs: %v", p.Differs)
	}

	return p
}

// A conversation that goes as it should is right in all turns: the desks have moved the reservation.
func TestGoodConversation(t *testing.T) {
	p := played(t,
		`{"tool":"search_policies","arguments":{"question":"harp"}}`,
		`{"reply":"It travels in the hold [harps]."}`,
		`{"tool":"update_reservation_flights","arguments":{"flights":[{"flight_number":"SL2"}]}}`,
		`{"reply":"Sie kommen um 21 Uhr an."}`)

	for i, v := range p.Judge() {
		if !v.IsRight() {
			t.Errorf("turn %d: %+v", i+1, v)
		}
	}

	r := exam.ReportTalks([]*exam.Played{p})
	if r.Talks.K != 1 || r.Turns.N != 4 || r.ToolAndArguments.N != 2 || r.NoTool.K != 2 || r.Done.K != 1 ||
		r.Cited.K != 1 || r.Claims != 1 || r.Told.K != 6 || r.Said.N != 2 || r.Language.N != 2 {
		t.Errorf("%+v", r)
	}

	b, err := json.Marshal(r)
	const share = `"turns_right":{"k":4,"n":4,"share":1,"low":0.5101,"high":1}`
	if err != nil || !strings.Contains(string(b), share) {
		t.Errorf("%v %s", err, b)
	}
}

// What goes wrong is found: no passage cited, another flight proposed, a command that the
// yes was not for, an answer in another language.
func TestBadConversation(t *testing.T) {
	p := played(t,
		`{"reply":"Yes, surely."}`,
		`{"tool":"update_reservation_baggages","arguments":{"total_baggages":1}}`,
		`{"reply":"You are there at 20:00."}`)

	all := p.Judge()
	if v := all[0]; v.Tool || v.Cited || v.IsRight() {
		t.Errorf("turn 1: %+v", v)
	}

	if v := all[1]; v.Tool || v.Proposal || v.IsToolRight() {
		t.Errorf("turn 2: %+v", v)
	}

	if v := all[2]; v.Done || v.Unagreed != 1 {
		t.Errorf("turn 3: %+v", v)
	}

	if v := all[3]; !v.Tool || v.Language || v.Told.K != 0 {
		t.Errorf("turn 4: %+v", v)
	}
}

// What a person takes over although none was expected is lost, with all that comes after it.
func TestLostTurns(t *testing.T) {
	p := played(t,
		`{"tool":"search_policies","arguments":{"question":"harp"}}`,
		`{"reply":"It travels in the hold [harps]."}`,
		`{"tool":"transfer_to_human_agents","arguments":{"summary":"SL2"}}`)

	r := exam.ReportTalks([]*exam.Played{p})
	if r.Turns.K != 1 || r.Turns.N != 4 || r.Handed != 1 || r.Lost != 2 || r.Done.N != 1 || r.Done.K != 0 {
		t.Errorf("%+v", r)
	}
}

// Where a person is one of the good ways, what comes after it doesn't count.
func TestTurnsAfterAPersonDoNotCount(t *testing.T) {
	p := played(t, `{"tool":"transfer_to_human_agents","arguments":{"summary":"a harp"}}`)

	r := exam.ReportTalks([]*exam.Played{p})
	if r.Talks.K != 1 || r.Turns.N != 1 || r.Person.K != 1 || r.Lost != 0 {
		t.Errorf("%+v", r)
	}
}
