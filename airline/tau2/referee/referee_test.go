package referee_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipstream-go/slipstream/airline/tau2/referee"
)

// A recorded world does what is on record, call by call. Tests bend it.
type recorded struct {
	cases   []*referee.Case
	call    int
	changed referee.Rows
	bend    func(*recorded, *referee.Outcome) error // after each call
}

func (r *recorded) Load(context.Context, referee.Rows) error { return nil }

func (r *recorded) Call(context.Context, string, json.RawMessage) (referee.Outcome, error) {
	e := r.cases[0].Calls[r.call].Expected
	r.call++

	if e.OK == nil {
		return referee.Outcome{}, nil
	}

	for _, c := range e.Changed {
		if c.Table == "flights" {
			r.sell(c)
		} else {
			r.changed[referee.RowID{Table: c.Table, Key: c.Key}] = c.Row
		}
	}

	o := referee.Outcome{OK: *e.OK, Result: e.Result, Code: e.ErrorCode, Error: e.Error}
	if r.bend == nil {
		return o, nil
	}

	return o, r.bend(r, &o)
}

// sell takes in the one date of a flight that has seats.
func (r *recorded) sell(c referee.Change) {
	const date = "2024-05-20"

	var flight map[string]any
	if err := json.Unmarshal(c.Row, &flight); err != nil {
		panic(err)
	}
	row := flight["dates"].(map[string]any)[date].(map[string]any)
	delete(flight, "dates")
	maps.Copy(row, flight)
	row["date"] = date
	b, _ := json.Marshal(row)
	r.changed[referee.RowID{Table: referee.FlightDates, Key: c.Key + "." + date}] = b
}

func (r *recorded) Changed(context.Context) (referee.Rows, error) { return maps.Clone(r.changed), nil }

func (r *recorded) Restore(context.Context) error {
	r.cases, r.call, r.changed = r.cases[1:], 0, referee.Rows{}
	return nil
}

// judged runs the cases of a folder in such a world, and returns the figures and what was printed.
func judged(t *testing.T, files fs.FS, bend func(*recorded, *referee.Outcome) error) (referee.Card, string) {
	t.Helper()

	initial, err := referee.ReadTables(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}

	cases, err := referee.ReadCases(files)
	if err != nil {
		t.Fatal(err)
	}
	card, out := referee.Card{}, strings.Builder{}
	world := &recorded{cases: cases, changed: referee.Rows{}, bend: bend}

	err = referee.Run(t.Context(), world, initial, slices.Values(cases), func(v referee.Verdict) {
		card.Add(v)
		v.Print(&out)
	})
	if err != nil {
		t.Fatal(err)
	}

	return card, out.String()
}

func TestWhatIsOnRecordAgrees(t *testing.T) {
	card, out := judged(t, os.DirFS("testdata"), nil)
	const want = "calls 3/3 · sequences 4/4 (calls 18/18, rows in the end 4/4) · " +
		"tasks 2/2 (calls 2/2, rows in the end 2/2) · trajectories 1/1 (calls 2/2, rows in the end 1/1) · quirks 1/1 (apart)"
	if card.String() != want || out != "calls 3, certificate below zero: a quirk, judged apart, agrees\n" ||
		!card.Agrees() {
		t.Errorf("%v\n%s", card, out)
	}
}

// A judge that can't say no proves nothing: each of these worlds is wrong in one place, and the place is named.
func TestWhatDiffersIsNamed(t *testing.T) {
	user := func(name string) referee.RowID { return referee.RowID{Table: referee.Users, Key: name} }
	for name, c := range map[string]struct {
		bend  func(*recorded, *referee.Outcome) error
		wants string
	}{
		"a price": {func(_ *recorded, o *referee.Outcome) error {
			o.Result = json.RawMessage(strings.Replace(string(o.Result), `"price": 120`, `"price": 121`, 1))
			return nil
		}, "    result.flights[0].price: want 120, got 121\n"},
		"a code": {func(_ *recorded, o *referee.Outcome) error {
			o.Code = strings.Replace(o.Code, "not_enough_seats", "no_seats", 1)
			return nil
		}, "    error_code: want not_enough_seats, got no_seats (Not enough seats on flight SL1)\n"},
		"done instead of refused": {func(_ *recorded, o *referee.Outcome) error {
			o.OK = true
			return nil
		}, "    outcome: want user_not_found: User eve not found, got "},
		"refused instead of done": {func(_ *recorded, o *referee.Outcome) error {
			o.OK, o.Code = false, "too_late"
			return nil
		}, "    outcome: want a result, got too_late: \n"},
		"a row that changes too": {func(r *recorded, _ *referee.Outcome) error {
			r.changed[user("ana")] = json.RawMessage(`{"user_id":"ana"}`)
			return nil
		}, "    users/ana.name: want {\"first_name\":\"Ana\",\"last_name\":\"Costa\"}, got nothing\n"},
		"a row that is gone": {func(r *recorded, _ *referee.Outcome) error {
			r.changed[referee.RowID{Table: referee.FlightDates, Key: "SL1.2024-05-01"}] = nil
			return nil
		}, `    flight_dates/SL1.2024-05-01: want {"actual_arrival_time_est":"2024-05-01T07:02:00",`},
		"a row from nowhere": {func(r *recorded, _ *referee.Outcome) error {
			r.changed[referee.RowID{Table: referee.Reservations, Key: "HATHAU"}] = json.RawMessage(`{}`)
			return nil
		}, "    reservations/HATHAU: want nothing, got {}\n"},
		"a row that does not change": {func(r *recorded, _ *referee.Outcome) error {
			delete(r.changed, user("ben"))
			return nil
		}, `    users/ben.reservations[0]: want "HATHAT", got nothing` + "\n"},
		"nothing is known of a call": {func(*recorded, *referee.Outcome) error {
			return errors.New("no answer")
		}, "    outcome: want one that is known, got no answer\n"},
	} {
		t.Run(name, func(t *testing.T) {
			card, out := judged(t, os.DirFS("testdata"), c.bend)
			if card.Agrees() || !strings.Contains(out, c.wants) {
				t.Errorf("%v\n%s\ndoes not say\n%s", card, out, c.wants)
			}
		})
	}
}

// What the domain does not refuse itself is compared by having failed alone; quirks fail nothing.
func TestWhatMayDiffer(t *testing.T) {
	card, out := judged(t, only("calls"), func(r *recorded, o *referee.Outcome) error {
		if o.Code == "arguments" {
			o.Code, o.Error = "another", "in other words"
		}

		if r.cases[0].Quirk {
			o.OK = false
		}
		return nil
	})
	if !card.Agrees() || card.String() != "calls 3/3 · quirks 0/1 (apart)" ||
		!strings.Contains(out, "calls 3, certificate below zero: a quirk, judged apart, differs\n") {
		t.Errorf("%v\n%s", card, out)
	}
}

// Any of the files may be missing. Without expected, tasks are judged by their rows in the end.
func TestFilesMayBeMissing(t *testing.T) {
	for files, want := range map[string]string{
		"calls":                "calls 3/3 · quirks 1/1 (apart)",
		"sequences final":      "sequences 4/4 (calls 18/18, rows in the end 4/4)",
		"expected":             "tasks 1/1 (calls 2/2, rows in the end 0/0)",
		"tasks":                "tasks 2/2 (calls 0/0, rows in the end 0/0)",
		"trajectories":         "trajectories 1/1 (calls 2/2, rows in the end 1/1)",
		"tasks expected final": "tasks 2/2 (calls 2/2, rows in the end 2/2)",
	} {
		if card, out := judged(t, only(strings.Fields(files)...), nil); card.String() != want {
			t.Errorf("%s: %v\n%s", files, card, out)
		}
	}

	if _, err := referee.ReadCases(fstest.MapFS{"other.jsonl": {}}); err == nil {
		t.Error("no cases at all are no error")
	}
}

// only has some of the files of testdata, and one that nobody knows.
func only(names ...string) fs.FS {
	files := fstest.MapFS{"heldout.jsonl": {Data: []byte("not ours")}}
	for _, name := range names {
		for _, end := range []string{".jsonl", ".jsonl.gz"} {
			if b, err := os.ReadFile("testdata/" + name + end); err == nil {
				files[name+end] = &fstest.MapFile{Data: b}
			}
		}
	}

	return files
}

// An error says which line of which file can't be judged, and why.
func TestMistakesInFiles(t *testing.T) {
	for line, want := range map[string]string{
		`{"id":1,`:                           "referee: calls, line 2: unexpected end of JSON input",
		`{"id":1,"name":"x","arguments":{}}`: "referee: calls, line 2: 1: x: without ok",
		`{"id":1,"name":"x","arguments":[],"ok":true,"result":1}`:                          "referee: calls, line 2: 1: x: arguments are no object",
		`{"id":1,"arguments":{},"ok":true,"result":1}`:                                     "referee: calls, line 2: 1: a call without a name",
		`{"id":1,"name":"x","arguments":{},"ok":true}`:                                     "referee: calls, line 2: 1: x: ok without a result",
		`{"id":1,"name":"x","arguments":{},"ok":false}`:                                    "referee: calls, line 2: 1: x: failed without error_kind",
		`{"id":1,"name":"x","arguments":{},"ok":false,"error_kind":"domain"}`:              "referee: calls, line 2: 1: x: a domain error without error_code",
		`{"id":1,"name":"x","arguments":{},"ok":"yes","error_kind":"domain","changed":[]}`: "referee: calls, line 2: json: cannot unmarshal string into Go struct field",
	} {
		first := `{"id":0,"name":"x","arguments":{},"ok":true,"result":null}` + "\n"

		_, err := referee.ReadCases(fstest.MapFS{"calls.jsonl": {Data: []byte(first + line)}})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}

	if _, err := referee.ReadTables(only("users")); err == nil ||
		err.Error() != "referee: reservations.jsonl or reservations.jsonl.gz: file does not exist" {
		t.Error(err)
	}
}

func ExampleReadTables() {
	initial, err := referee.ReadTables(os.DirFS("testdata"))
	if err != nil {
		panic(err)
	}
	fmt.Println(len(initial), "rows")
	fmt.Println(string(initial[referee.RowID{Table: referee.FlightDates, Key: "SL1.2024-05-01"}]))
	// Output: 7 rows
	// {"actual_arrival_time_est":"2024-05-01T07:02:00","actual_departure_time_est":"2024-05-01T06:01:00","date":"2024-05-01","destination":"BOS","flight_number":"SL1","origin":"JFK","scheduled_arrival_time_est":"07:00:00","scheduled_departure_time_est":"06:00:00","status":"landed"}
}
