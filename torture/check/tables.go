package check

import (
	"encoding/json"
	"strings"
)

// Rows, as JSON.
type (
	account struct {
		Seq, Sum, Disorder          int
		Terms, TermsDisorder        int
		Decided, Failed             int
		LastDecided, DecideDisorder int
		Stale                       int
		Reviewed, LastReviewed      int
		ReviewDisorder              int
	}
	audit struct {
		Seq, Sum, Disorder              int
		Verdicts, Last, VerdictDisorder int
	}
)

// Fold returns the rows of a table, as its changelog has them, by key. It finds changelogs whose versions go
// back.
func (r *Round) Fold(table string, bad *Findings) map[string]json.RawMessage {
	rows, versions := map[string]json.RawMessage{}, map[string]int64{}
	for _, rec := range r.Records[r.Topics.Changelog(table)] {
		if rec.Key == "" {
			continue // a mark of the engine's own, and no row
		}

		v := version(rec)
		if v < versions[rec.Key] {
			bad.Add("changelog goes back", "%s %s: version %d after %d at %v", table, rec.Key, v,
				versions[rec.Key], rec.Place)
		}
		versions[rec.Key], rows[rec.Key] = v, rec.Value

		if rec.Value == nil || string(rec.Value) == "null" {
			delete(rows, rec.Key)
			delete(versions, rec.Key) // they begin anew
		}
	}

	return rows
}

// rowOf decodes a row; the zero value if there is none.
func rowOf[T any](table, key string, rows map[string]json.RawMessage, bad *Findings) (v T) {
	if b := rows[key]; b != nil {
		if err := json.Unmarshal(b, &v); err != nil {
			bad.Add("unreadable", "row %s of %s: %v", key, table, err)
		}
	}
	return v
}

// judgeAccounts compares the rows with what was sent, and with what was decided.
func (r *Round) judgeAccounts(bad *Findings, ends map[caseID]*end) {
	rows := r.Fold("accounts", bad)

	want := map[string]account{}
	for name, sums := range r.Sent.sums {
		n := len(sums)
		want[name] = account{Seq: n, Sum: sums[n-1], LastDecided: n / DecideEvery * DecideEvery}
	}

	for name, n := range r.Sent.terms {
		a := want[name]
		a.Terms = n
		want[name] = a
	}

	for id, e := range ends {
		a := want[id.account]
		switch e.topic {
		case r.Topics.verdicts():
			a.Decided++
		case r.Topics.failures():
			a.Failed++
		case r.Topics.reviews():
			a.Reviewed++
			a.LastReviewed = max(a.LastReviewed, id.seq)
		}
		want[id.account] = a
	}

	for name, w := range want {
		got := rowOf[account]("accounts", name, rows, bad)
		if r.AtLeastOnce {
			got = got.atLeast(w)
		}

		if got != w {
			bad.Add("wrong row", "account %s: %+v, want %+v", name, got, w)
		}
	}

	for name := range rows {
		if _, ok := want[name]; !ok {
			bad.Add("wrong row", "account %s was never written to", name)
		}
	}
}

// atLeast returns want if the row is what may come of events that took effect again, else the row.
func (a account) atLeast(want account) account {
	last := a.Seq == want.Seq && a.Terms == want.Terms && a.LastDecided == want.LastDecided &&
		a.LastReviewed == want.LastReviewed
	settled := a.Decided+a.Failed >= want.Decided+want.Failed && a.Reviewed >= want.Reviewed
	if last && settled {
		return want
	}
	return a
}

// judgeAudits compares the rows of the second stage with what was sent, and with the verdicts.
func (r *Round) judgeAudits(bad *Findings, ends map[caseID]*end) {
	rows := r.Fold("audits", bad)

	want := map[string]audit{}
	for name, sums := range r.Sent.sums {
		want[name] = audit{Seq: len(sums), Sum: sums[len(sums)-1]}
	}

	for id, e := range ends {
		if e.topic == r.Topics.verdicts() {
			a := want[id.account]
			a.Verdicts++
			a.Last = max(a.Last, id.seq)
			want[id.account] = a
		}
	}

	for name, w := range want {
		got := rowOf[audit]("audits", name, rows, bad)
		if r.AtLeastOnce && got.Seq == w.Seq && got.Verdicts >= w.Verdicts && got.Last == w.Last {
			continue
		}

		if got != w {
			bad.Add("wrong row of the second stage", "%s: %+v, want %+v", name, got, w)
		}
	}
}

func (r *Round) judgeRates(bad *Findings) {
	rows := r.Fold("rates", bad)
	for id, n := range r.Sent.rates {
		if got := rowOf[Rate]("rates", id, rows, bad); got != RateOf(id, n) {
			bad.Add("wrong row", "rate %s: %+v, want %+v", id, got, RateOf(id, n))
		}
	}
}

// judgeWaiting checks that nothing waits any more, neither as a cell nor in the headers of a row.
func (r *Round) judgeWaiting(bad *Findings) {
	alive := map[string]Record{}
	for _, rec := range r.Records[r.Topics.cells("accounts")] {
		alive[rec.Key] = rec
		if rec.Value == nil {
			delete(alive, rec.Key)
		}
	}

	for key, rec := range alive {
		bad.Add("still waits", "%s at %v", key, rec.Place)
	}

	rows := map[string]Record{}
	for _, rec := range r.Records[r.Topics.Changelog("accounts")] {
		rows[rec.Key] = rec
	}

	for key, rec := range rows {
		for name := range rec.Headers {
			if key != "" && strings.HasPrefix(name, "slipstream-pending-") {
				bad.Add("still waits", "%s in its row at %v", key, rec.Place)
			}
		}
	}
}
