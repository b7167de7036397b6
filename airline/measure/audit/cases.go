package audit

import "slices"

// file is all that the topics say of one case.
type file struct {
	asked               bool
	decisions           []decision
	notified, escalated []string // keys of those told
}

// decidedOnce: one final decision for each case that was asked about, and for each that needed no asking.
func (a *Auditor) decidedOnce() Invariant {
	i := Invariant{Name: "one final decision per case"}
	for _, id := range ids(a.cases) {
		if f := a.cases[id]; f.asked || len(f.decisions) > 0 {
			i.expect(len(f.decisions) == 1, "%s: %d decisions", id, len(f.decisions))
		}
	}
	return i
}

// idsUnique: no two decisions have the same CloudEvents id. Those that a reply of the desk made final carry
// none.
func (a *Auditor) idsUnique() Invariant {
	i := Invariant{Name: "no id of a decision used twice"}
	seen := map[string]string{}
	for _, id := range ids(a.cases) {
		for _, d := range a.cases[id].decisions {
			if d.id != "" {
				first, used := seen[d.id]
				i.expect(!used, "%s: %s and %s", d.id, first, d.Case)
				seen[d.id] = d.Case
			}
		}
	}

	return i
}

// toldOnce: for each final decision its customer, and nobody else, got one notification.
func (a *Auditor) toldOnce() Invariant {
	i := Invariant{Name: "told exactly once per final decision"}
	for _, id := range ids(a.cases) {
		f := a.cases[id]
		if len(f.decisions)+len(f.notified) > 0 {
			i.expect(slices.Equal(f.notified, f.customers(all)), "%s: %d decisions, told %v", id,
				len(f.decisions), f.notified)
		}
	}
	return i
}

// peopleOnce: each escalated decision, and no other, reached people once.
func (a *Auditor) peopleOnce() Invariant {
	i := Invariant{Name: "every escalation, and nothing else, with people exactly once"}
	for _, id := range ids(a.cases) {
		f := a.cases[id]
		want := f.customers(func(d decision) bool { return d.Outcome == "escalated" })
		if len(want)+len(f.escalated) > 0 {
			i.expect(slices.Equal(f.escalated, want), "%s: escalated %d times, with people %d times", id,
				len(want), len(f.escalated))
		}
	}

	return i
}

func all(decision) bool { return true }

// customers are those of some decisions of the case.
func (f *file) customers(of func(decision) bool) (out []string) {
	for _, d := range f.decisions {
		if of(d) {
			out = append(out, d.Customer)
		}
	}
	return out
}

// Outcomes counts the final decisions by how they ended, for a summary.
func (a *Auditor) Outcomes() map[string]int {
	out := map[string]int{}
	for _, f := range a.cases {
		for _, d := range f.decisions {
			out[d.Outcome]++
		}
	}
	return out
}

// Refused counts the seat requests that were refused, for a summary.
func (a *Auditor) Refused() (n int) {
	for _, f := range a.flights {
		for _, r := range f.replies {
			if r.Result == "refused" {
				n++
			}
		}
	}
	return n
}
