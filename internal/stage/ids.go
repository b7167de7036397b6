package stage

import (
	"strconv"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// # Ids
//
// A request's id is made of where the event was that caused it, so it is the same whenever it is made again:
//
//	<topology>/<operator>/<origin>
//
// The origin is <topic's id>/<partition>/<offset>, and /<k> for what an operator is asked beyond the first
// within one run, which is what one event or one answer causes. A run that an answer causes has the origin of
// its request, so that a chain of operators has one origin. Two runs of one origin can then ask one operator:
// an event that reaches it directly, and again by the decision of another. In that case what follows from the
// decision has an origin of its own,
//
//	<origin of the request>+<operator that has decided>
//
// which no other run has, since no other request has that operator and that origin. It is not always used,
// because ids last: those that are unique without it stay as they were. A run decides by what it asks, and by
// the operators that can be reached from these: see run.separate. Records of one decision are numbered in the
// same way.

// separation tells which ids of what follows from a request's decision would be another's.
type separation int

const (
	separateLater separation = 1 << iota // those with a number: the run has asked its operator more than once
	separateAll                          // any
)

// originOf returns the origin of the request with number k that the run makes of an operator.
func (r *run) originOf(k int) string {
	origin := r.origin
	if r.isSeparate(k) {
		origin += "+" + r.op.Name
	}

	if k > 0 {
		origin += "/" + strconv.Itoa(k)
	}

	return origin
}

// isSeparate reports whether the request with number k of an operator has an origin of the decision's own.
func (r *run) isSeparate(k int) bool {
	if r.head == nil || testhook.IsOff(testhook.DecisionIDs) {
		return false
	}
	s := r.head.Separate
	return s&separateAll != 0 || s&separateLater != 0 && k > 0
}

// recordID is the id of the record with number k of a decision.
func (q *Request) recordID(k int) string {
	switch {
	case k == 0:
		return q.ID
	case q.Separate&separateLater != 0:
		return q.ID + "+/" + strconv.Itoa(k)
	default:
		return q.ID + "/" + strconv.Itoa(k)
	}
}

// separate decides for each request of the run whether what follows from it needs origins of its own.
func (r *run) separate() {
	made := r.made()
	for i, q := range made {
		if r.head != nil && q.Origin == r.head.Origin {
			q.Separate = r.head.Separate & separateLater
		}

		for j, other := range made {
			switch a, b := r.m.ops[q.Op], r.m.ops[other.Op]; {
			case a == b && j > i && q.Origin == r.originOf(0):
				q.Separate |= separateLater
			case r.m.follows[a.Name][b.Name]:
				q.Separate |= separateAll
			case a != b && j < i && other.Separate&separateAll == 0 && r.m.meet(a.Name, b.Name):
				q.Separate |= separateAll
			}
		}
	}
}

// made returns the requests that the run has made, in order.
func (r *run) made() (made []*Request) {
	for _, c := range r.waiting {
		if !c.Gone {
			made = append(made, c.Request)
		}
	}
	return made
}

// follows returns the operators that can be asked because of what an operator decides, or fails to decide.
func follows(p *plan.Plan, s *plan.Stage, op *plan.Node) map[string]bool {
	found := map[string]bool{}
	var below func(id int)
	below = func(id int) {
		for _, next := range s.Next(id) {
			n := &p.Nodes[next]
			if n.Kind != plan.KindAsync {
				below(next)
			} else if !found[n.Name] {
				found[n.Name] = true
				below(n.ID)
				below(n.Async.Unsettled)
			}
		}
	}
	below(op.ID)
	below(op.Async.Unsettled)

	return found
}

// meet reports whether an operator can be asked because of the decisions of both.
func (m *Machine) meet(a, b string) bool {
	for op := range m.follows[a] {
		if m.follows[b][op] {
			return true
		}
	}
	return false
}
