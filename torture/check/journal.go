package check

import "strings"

// entry is a record of the journal, as JSON.
type entry struct {
	ID       string   `json:"id"`
	Attempt  int      `json:"attempt"`
	Operator string   `json:"operator"`
	Key      string   `json:"key"`
	Outcome  string   `json:"outcome"`
	Rows     []string `json:"rows"`
	Reads    []struct {
		Ref string `json:"ref"`
	} `json:"reads"`
}

// again is the outcome of an answer that did not hold any more. Any other ends its decision.
const again = "asked again"

// judgeJournal checks that each decision of the judge has ended on record once, and that all rows that its
// attempts saw are there, too. At least once, a crash may have left a part of a commit, so that only the last
// attempt must have its rows. It returns how many answers did not hold, so that their case was asked again.
func (r *Round) judgeJournal(bad *Findings, ends map[caseID]*end) (reasked int) {
	parts := map[string]bool{}
	for _, rec := range r.Records[r.Topics.parts()] {
		parts[rec.Key] = true
	}

	seen, ended, last := map[string]bool{}, map[string]int{}, map[string]entry{}
	for _, rec := range r.Records[r.Topics.journal()] {
		e, ok := decode[entry](rec, bad)
		if !ok {
			continue
		}

		if seen[rec.Key] && !r.AtLeastOnce {
			bad.Add("journal", "%s twice, at %v", rec.Key, rec.Place)
		}
		seen[rec.Key] = true

		if e.Outcome == again {
			reasked++
		} else {
			ended[e.ID]++
		}

		if e.Outcome == "void" {
			bad.Add("journal", "%s is void: its case was dropped", e.ID)
		}

		if !r.AtLeastOnce {
			e.judgeParts(bad, parts)
		} else if e.Attempt >= last[e.ID].Attempt {
			last[e.ID] = e
		}
	}

	for _, e := range last {
		e.judgeParts(bad, parts)
	}

	decisions := 0
	for id, end := range ends {
		if id.operator != judge {
			continue
		}

		decisions++
		if n := ended[end.id]; n != 1 && (n == 0 || !r.AtLeastOnce) {
			bad.Add("journal", "%v, %s, has ended %d times", id, end.id, n)
		}
	}

	if len(ended) != decisions {
		bad.Add("journal", "%d decisions have ended on record, and %d in topics", len(ended), decisions)
	}

	return reasked
}

// judgeParts checks that rows are there. A row that was never written has no hash, and no part.
func (e entry) judgeParts(bad *Findings, parts map[string]bool) {
	refs := e.Rows
	for _, read := range e.Reads {
		refs = append(refs, read.Ref)
	}

	for _, ref := range refs {
		at := strings.LastIndexByte(ref, '@')
		if at >= 0 && strings.Contains(ref[at:], "#") && !parts[ref] {
			bad.Add("journal", "%s, attempt %d: row %s is not there", e.ID, e.Attempt, ref)
		}
	}
}
