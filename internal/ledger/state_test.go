package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/ledger"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

func init() { testhook.SabotageTests() }

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

const hour = int64(time.Hour / time.Millisecond)

// asking is a reservation of tokens by a tenant, of whom each has 100 an hour, all together 150.
func asking(id, tenant string, tokens int64) ledger.Record {
	all := ledger.Account{Budget: "b", Unit: ledger.Tokens, Every: hour}
	own := all
	own.Per, own.Of = "tenant", tenant

	return ledger.Record{Reserve: &ledger.Reserve{
		ID:    id,
		Model: "m",
		Most:  ledger.Amounts{Calls: 1, Tokens: tokens},
		Charges: []ledger.Charge{
			{Account: all, Limit: 150},
			{Account: own, Limit: 100},
		},
	}}
}

func used(id string, tokens int64) ledger.Record {
	return ledger.Record{Settle: &ledger.Settle{ID: id, Used: &ledger.Amounts{Calls: 1, Tokens: tokens}}}
}

// A story is what is appended, and what it comes to.
func TestALedgerGrantsWhatIsLeft(t *testing.T) {
	story := []struct {
		after time.Duration
		what  ledger.Record
		want  bool
	}{
		{0, asking("1", "acme", 60), true},
		{0, asking("2", "acme", 50), false}, // of the tenant, 40 are left
		{0, asking("3", "initech", 90), true},
		{0, asking("4", "hooli", 1), false}, // of all, none is left
		{0, used("1", 10), false},
		{0, asking("5", "acme", 50), true}, // the rest of 1 was free again
		{0, used("2", 0), false},           // which was never granted
		{0, asking("6", "acme", 1), false},
		{0, ledger.Record{Settle: &ledger.Settle{ID: "3"}}, false}, // it is not known what 3 has used
		{0, asking("7", "initech", 1), false},
		{time.Hour, asking("8", "initech", 90), true}, // another window
		{time.Hour, used("5", 0), false},              // it was reserved in the window before
		{time.Hour, asking("9", "acme", 61), false},
		{30 * time.Minute, asking("10", "acme", 61), false}, // no clock goes back
		{time.Hour, asking("10", "acme", 60), true},
		{time.Hour, asking("10", "acme", 60), false}, // it came twice
	}

	s := ledger.New()
	for i, step := range story {
		r, err := ledger.Decode(step.what.Encode())
		if err != nil {
			t.Fatal(err)
		}

		if v := s.Apply(noon.Add(step.after), r); v.Granted != step.want {
			t.Errorf("step %d: granted %v, refused: %v", i, v.Granted, v.Refused)
		}
	}
}

// Whatever is asked, lost and settled in whatever order, no window is charged more than its limit, and what
// is charged is what was used or may have been.
func TestNoWindowIsChargedMoreThanItsLimit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s, at := ledger.New(), noon
	most := map[string]int64{} // of what is open
	billed := map[string]int64{}
	window := map[string]string{}

	for i := range 20_000 {
		at = at.Add(time.Duration(rng.ExpFloat64() * float64(time.Minute)))
		id, tenant := fmt.Sprint(i), fmt.Sprint("t", rng.IntN(4))
		tokens := 1 + rng.Int64N(40)
		if s.Apply(at, asking(id, tenant, tokens)).Granted {
			most[id] = tokens
			window[id] = at.Truncate(time.Hour).String()
			billed[window[id]] += tokens
			billed[window[id]+tenant] += tokens
		}

		for id, m := range most {
			if rng.IntN(3) > 0 {
				break
			}

			if rng.IntN(4) > 0 {
				u := rng.Int64N(m + 1)
				s.Apply(at, used(id, u))
				billed[window[id]] -= m - u
			}
			delete(most, id)
		}

		for _, b := range s.Balances(at) {
			if b.Spent+b.Unknown+b.Reserved > b.Limit || b.Reserved < 0 {
				t.Fatalf("after %d: %+v", i, b)
			}

			if b.Per == "" && b.Spent+b.Unknown+b.Reserved != billed[b.From.String()] {
				t.Fatalf("after %d: %+v, but %d were used", i, b, billed[b.From.String()])
			}
		}
	}
}

// A model that uses more than a request can is not asked any more, until somebody allows it.
func TestAModelThatExceedsTheBoundStops(t *testing.T) {
	s := ledger.New()
	s.Apply(noon, asking("1", "acme", 60))

	if v := s.Apply(noon, used("1", 61)); v.Exceeded != "m" {
		t.Errorf("%+v", v)
	}

	v := s.Apply(noon, asking("2", "acme", 1))
	if v.Granted || v.Refused.Stopped == "" || v.Refused.IsForever() {
		t.Errorf("%+v", v)
	}

	s.Apply(noon, ledger.Record{Allow: &ledger.Allow{Model: "m"}})
	if v := s.Apply(noon, asking("3", "acme", 1)); !v.Granted {
		t.Errorf("%+v", v)
	}
}

// What a worker that was killed has reserved is told as unknown once its call must have ended, and stays
// charged.
func TestWhatIsNeverSettledStaysCharged(t *testing.T) {
	s := ledger.New()
	r := asking("1", "acme", 60)
	r.Reserve.Lasts = time.Minute.Milliseconds()
	s.Apply(noon, r)

	for after, want := range map[time.Duration][2]int64{time.Second: {60, 0}, 2 * time.Minute: {0, 60}} {
		b := s.Balances(noon.Add(after))[0]
		if got := [2]int64{b.Reserved, b.Unknown}; got != want || b.Left != 90 {
			t.Errorf("after %v: %+v", after, b)
		}
	}

	if v := s.Apply(noon.Add(59*time.Minute), asking("2", "acme", 41)); v.Granted {
		t.Error("what was never settled is spent again")
	}
}
