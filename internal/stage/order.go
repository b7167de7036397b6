package stage

import (
	"container/heap"
	"container/list"

	"github.com/slipstream-go/slipstream/internal/testhook"
)

// An order tells which of the heads in line gets the next slot. Tenants take turns, a slot each, so that none
// gets fewer because another one asks for more. Of a tenant's heads that of the highest priority comes first,
// and of several such the one that has waited longest. Each eighth turn is that of the tenant's head that has
// waited longest, whatever its priority, so that none waits for ever.
type order struct {
	tenants map[string]*tenant
	turns   list.List // of *tenant: those with heads, the next one first
	came    int64     // heads that have come so far
}

// agedTurn is how many turns of a tenant there are for each that goes to the head that has waited longest.
const agedTurn = 8

// A tenant has its heads in line.
type tenant struct {
	name string
	at   *list.Element // in order.turns
	had  int           // turns
	age  list.List     // of *waiter, the one that has waited longest first

	counted, uncounted ranked // its heads, by whether their attempts are counted early
}

// add puts a head in line, behind those that rank equal.
func (o *order) add(w *waiter) {
	if o.tenants == nil {
		o.tenants = map[string]*tenant{}
	}

	t := o.tenants[w.Tenant]
	if t == nil {
		t = &tenant{name: w.Tenant}
		t.at = o.turns.PushBack(t)
		o.tenants[t.name] = t
	}

	if w.came == 0 {
		o.came++
		w.came = o.came
	}
	w.tenant, w.Tenant = t, t.name // one copy of the name is enough
	w.at = t.age.PushBack(w)
	heap.Push(t.ranked(w), w)
}

// next returns the head that gets the next slot, or nil. It stays in line.
func (o *order) next() *waiter {
	front := o.turns.Front()
	if front == nil {
		return nil
	}

	t := front.Value.(*tenant)
	if (t.had+1)%agedTurn == 0 && !testhook.IsOff(testhook.AgedTurn) {
		return t.age.Front().Value.(*waiter)
	}
	return t.first()
}

// turn takes out of the line what next returned: its tenant has had its turn.
func (o *order) turn(w *waiter) {
	w.tenant.had++
	if !testhook.IsOff(testhook.Turns) {
		o.turns.MoveToBack(w.tenant.at)
	}
	o.remove(w)
}

// replace puts a head in line at the place of another one, which leaves.
func (o *order) replace(before, w *waiter) {
	w.came = before.came
	o.add(w)
	if w.tenant == before.tenant {
		w.tenant.age.MoveBefore(w.at, before.at)
	}
	o.remove(before)
}

// remove takes a head out of the line.
func (o *order) remove(w *waiter) {
	t := w.tenant
	heap.Remove(t.ranked(w), w.rank)
	t.age.Remove(w.at)
	w.at = nil

	if t.age.Len() == 0 {
		o.turns.Remove(t.at)
		delete(o.tenants, t.name)
	}
}

// soon returns the head whose attempt is to be counted next, of the tenants that have the next n turns, or
// nil.
func (o *order) soon(n int) *waiter {
	var fewest *tenant
	at := o.turns.Front()
	for ; n > 0 && at != nil; n, at = n-1, at.Next() {
		t := at.Value.(*tenant)
		if len(t.uncounted) > 0 && (fewest == nil || len(t.counted) < len(fewest.counted)) {
			fewest = t
		}
	}

	if fewest == nil {
		return nil
	}
	return fewest.uncounted[0]
}

// count notes that the attempt of a head is counted.
func (o *order) count(w *waiter) {
	heap.Remove(w.tenant.ranked(w), w.rank)
	w.Early = true
	heap.Push(w.tenant.ranked(w), w)
}

// first returns the head of the highest priority.
func (t *tenant) first() *waiter {
	switch {
	case len(t.counted) == 0:
		return t.uncounted[0]
	case len(t.uncounted) == 0 || t.counted[0].precedes(t.uncounted[0]):
		return t.counted[0]
	}
	return t.uncounted[0]
}

// ranked returns those heads that a head is one of.
func (t *tenant) ranked(w *waiter) *ranked {
	if w.Early {
		return &t.counted
	}
	return &t.uncounted
}

// precedes reports whether a head of one tenant comes before another.
func (w *waiter) precedes(other *waiter) bool {
	if w.Priority != other.Priority {
		return w.Priority > other.Priority
	}
	return w.came < other.came
}

// ranked is a heap of heads of one tenant, the first one first.
type ranked []*waiter

func (r ranked) Len() int           { return len(r) }
func (r ranked) Less(i, j int) bool { return r[i].precedes(r[j]) }
func (r ranked) Swap(i, j int) {
	r[i], r[j] = r[j], r[i]
	r[i].rank, r[j].rank = i, j
}

// Push implements heap.Interface.
func (r *ranked) Push(x any) {
	w := x.(*waiter)
	w.rank = len(*r)
	*r = append(*r, w)
}

// Pop implements heap.Interface.
func (r *ranked) Pop() any {
	last := len(*r) - 1
	w := (*r)[last]
	(*r)[last] = nil
	*r = (*r)[:last]
	return w
}
