package audit

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// ids are the keys in order, so that examples are the same in each run.
func ids[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// soldOnce: at no place of its log has a flight given away more seats of a cabin than it has.
func (a *Auditor) soldOnce() Invariant {
	i := Invariant{Name: "no seat sold twice, after any reply and in any row"}
	for _, id := range ids(a.flights) {
		f, d := a.flights[id], &desk{}
		for _, r := range f.ordered() {
			d.take(r)
			i.expect(!f.known() || d.free(f, r.Cabin) >= 0 || r.Result != "granted",
				"%s %s: %d too few after reply %d", id, r.Cabin, -d.free(f, r.Cabin), r.N)
		}

		for _, v := range f.rows {
			i.expect(!v.overdrawn, "%s: the row after reply %d holds %v", id, v.n, v.held)
		}
	}

	return i
}

// grantsValid: each grant was one that the row could make, as it stood there. A refused one breaks nothing.
func (a *Auditor) grantsValid() Invariant {
	i := Invariant{Name: "every grant valid for its flight's row at its place"}
	for _, id := range ids(a.flights) {
		f, d := a.flights[id], &desk{}
		for _, r := range f.ordered() {
			d.take(r)

			if r.Result != "granted" {
				continue
			}

			why := a.invalid(f, r)
			if free := d.free(f, r.Cabin); why == "" && free != r.Free {
				why = fmt.Sprintf("says %d free, which are %d", r.Free, free)
			}
			i.expect(why == "", "%s to %s, reply %d: %s", id, r.Reservation, r.N, why)
		}
	}

	return i
}

// invalid returns why a grant can't have been made. Bookings were sold before: they need a known flight, and
// seats.
func (a *Auditor) invalid(f *flight, r reply) string {
	if !f.known() {
		return "no such flight"
	}

	if why := f.misplaced(r); why != "" {
		return why
	}

	why := "as_of is the time of no event"
	for _, s := range f.states {
		if !s.asOf.Equal(r.AsOf) {
			continue
		}

		if why = a.refusal(s, r); why == "" {
			return ""
		}
	}

	return why
}

// refusal returns why a state takes no new passengers; two events of the same moment make two states, either
// will do.
func (a *Auditor) refusal(s flightState, r reply) string {
	if r.Type == "book" {
		return ""
	}

	if s.shut != "" {
		return s.shut
	}

	cutoff := time.Duration(a.lenient().CutoffMinutes) * time.Minute
	if shut := s.departure.Add(-cutoff); r.at().After(shut) {
		return fmt.Sprintf("asked at %s, closed at %s", r.at().Format("15:04"), shut.Format("15:04"))
	}

	return ""
}

// misplaced returns how a reply contradicts the rows before and after it.
func (f *flight) misplaced(r reply) string {
	for _, v := range f.rows {
		if v.n < r.N && v.asOf.After(r.AsOf) {
			return fmt.Sprintf("decided as of %s, but the row before knew %s", r.AsOf.Format("15:04"),
				v.asOf.Format("15:04"))
		}

		if v.n >= r.N && v.asOf.Before(r.AsOf) {
			return fmt.Sprintf("decided as of %s, but the row after knew %s", r.AsOf.Format("15:04"),
				v.asOf.Format("15:04"))
		}
	}

	return ""
}

// lenient is what the most lenient version of the policies allows.
func (a *Auditor) lenient() policy {
	if len(a.policies) == 0 {
		return policy{LateMinutes: 60, CutoffMinutes: 45} // until the first event
	}

	p := a.policies[0]
	for _, q := range a.policies[1:] {
		p.LateMinutes = max(p.LateMinutes, q.LateMinutes)
		p.CutoffMinutes = min(p.CutoffMinutes, q.CutoffMinutes)
	}

	return p
}

// requestsAnswered: one reply to each request, and each flight's replies are numbered without gap. A booking
// of a flight that nobody has scheduled yet waits.
func (a *Auditor) requestsAnswered() Invariant {
	i := Invariant{Name: "every seat request answered exactly once"}
	answers := map[requestID][]reply{}
	for _, id := range ids(a.flights) {
		for at, r := range a.flights[id].ordered() {
			answers[r.id()] = append(answers[r.id()], r)
			if r.N != at+1 {
				i.violate("%s: reply %d in place %d", id, r.N, at+1)
			}
		}
	}

	for id, q := range a.requests {
		if waits := q.Type == "book" && !a.flight(q.Flight).known(); !waits {
			i.expect(len(answers[id]) == 1 && answers[id][0].request.same(q),
				"%s, request %d (%s %s): %d replies, or one to another question",
				q.Reservation, q.Seq, q.Type, q.Flight, len(answers[id]))
		}
	}

	for id := range answers {
		if _, ok := a.requests[id]; !ok {
			i.violate("%s: a reply to request %d, which nobody made", id.reservation, id.seq)
		}
	}

	return i
}

// same leaves out the time, which for a booking that waited is that of the schedule.
func (r request) same(q request) bool {
	r.Time = q.Time
	return r == q
}

// rowsAgree: each row on the changelog holds what the replies before it gave, and in the end knows the newest
// event.
func (a *Auditor) rowsAgree() Invariant {
	i := Invariant{Name: "every version of a flight's row agrees with its log"}
	for _, id := range ids(a.flights) {
		f, d := a.flights[id], &desk{}
		replies, at := f.ordered(), 0
		for _, v := range f.rows {
			for ; at < len(replies) && replies[at].N <= v.n; at++ {
				d.take(replies[at])
			}
			i.expect(maps.Equal(v.held, d.held()), "%s: after reply %d the row holds %v, the replies gave %v",
				id, v.n, v.held, d.held())
		}

		if len(f.rows) == 0 {
			continue
		}

		if last := f.rows[len(f.rows)-1]; at < len(replies) || !last.asOf.Equal(f.now().asOf) {
			i.violate("%s: the last row is of reply %d as of %s, the log has %d more and is as of %s", id,
				last.n,
				last.asOf.Format(time.DateTime), len(replies)-at, f.now().asOf.Format(time.DateTime))
		}
	}

	return i
}
