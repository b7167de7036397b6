package stage

import (
	"container/heap"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// Wakes knows which rows of a stage wait for what, and names those that are to be looked at: see
// Machine.Wake. It is made anew from the rows at each start.
//
// A copy of a table may be behind that of the worker that had the rows before. So for a short time after the
// start, a row that has read more than the copy has counts as unchanged, and is looked at again afterwards.
// From then on, only a row that was deleted has a lower version than one that was read.
type Wakes struct {
	m      *Machine
	copies Copies
	ready  func() // called when Next may have something, without the lock

	mu     sync.Mutex // guards what follows
	waits  map[string]plan.Waits
	rows   index // by row that was read
	ranges index // by what the keys of a range begin with
	due    dues
	alarm  *time.Timer // calls ring at the first of due; nil: none is set
	woken  []string    // to be looked at, in order
	queued map[string]bool
	sure   bool            // copies have caught up
	again  map[string]bool // until then: rows that are looked at once they have
	shut   bool
}

// index has the rows that wait for a change, by table and key.
type index map[[2]string]map[string]bool

func (x index) add(table, key, row string) {
	at := [2]string{table, key}
	if x[at] == nil {
		x[at] = map[string]bool{}
	}
	x[at][row] = true
}

func (x index) remove(table, key, row string) {
	at := [2]string{table, key}
	if delete(x[at], row); len(x[at]) == 0 {
		delete(x, at)
	}
}

// A due is a row with a time. It counts only while the row still waits for that time.
type due struct {
	at  time.Time
	key string
}

// NewWakes returns the index of a session without rows. catchUp is how long copies may be behind. ready is
// called by any goroutine, and must not block.
func NewWakes(m *Machine, copies Copies, catchUp time.Duration, ready func()) *Wakes {
	w := &Wakes{
		m:      m,
		copies: copies,
		ready:  ready,
		waits:  map[string]plan.Waits{},
		rows:   index{},
		ranges: index{},
		queued: map[string]bool{},
		sure:   catchUp == 0,
		again:  map[string]bool{},
	}
	if !w.sure {
		time.AfterFunc(catchUp, w.caughtUp)
	}

	return w
}

// Row takes in what a row waits for, as the row is now. The row is woken if that has happened already. Calls
// for one row follow each other.
func (w *Wakes) Row(key string, row *Row) error {
	waits, err := w.m.waitsOf(key, row)
	if err != nil {
		return err
	}
	w.replace(key, waits) // first: a change from now on is noticed

	changed, late, err := changes(waits.Reads, w.copies)
	if err != nil {
		return err
	}

	w.mu.Lock()
	switch {
	case len(changed) == 0 || testhook.IsOff(testhook.MissedChanges):
	case late && !w.sure && !testhook.IsOff(testhook.LateCopies):
		w.again[key] = true
	default:
		w.wake(key)
	}
	w.mu.Unlock()

	w.ready()

	return nil
}

// replace has the index know what a row waits for.
func (w *Wakes) replace(key string, waits plan.Waits) {
	w.mu.Lock()
	defer w.mu.Unlock()

	for _, read := range w.waits[key].Reads {
		w.indexOf(&read).remove(read.Table, read.Key, key)
	}
	delete(w.waits, key)

	if waits.At.IsZero() && len(waits.Reads) == 0 {
		return
	}

	kept := plan.Waits{At: waits.At}
	for _, read := range waits.Reads {
		kept.Reads = append(kept.Reads, plan.Read{Table: read.Table, Key: read.Key, IsRange: read.IsRange})
		w.indexOf(&read).add(read.Table, read.Key, key)
	}
	w.waits[key] = kept

	if !waits.At.IsZero() {
		heap.Push(&w.due, due{waits.At, key})
		w.ring()
	}
}

func (w *Wakes) indexOf(r *plan.Read) index {
	if r.IsRange {
		return w.ranges
	}
	return w.rows
}

// Changed is told of rows that a copy has, or has no more.
func (w *Wakes) Changed(table string, keys ...string) {
	if testhook.IsOff(testhook.Changes) {
		return
	}

	w.mu.Lock()
	for _, key := range keys {
		w.wakeAll(w.rows[[2]string{table, key}])

		for n := range len(key) + 1 {
			w.wakeAll(w.ranges[[2]string{table, key[:n]}])
		}
	}
	w.mu.Unlock()

	w.ready()
}

// All is told that any row of a copy may have changed.
func (w *Wakes) All() {
	w.mu.Lock()
	for _, key := range slices.Sorted(maps.Keys(w.waits)) {
		w.wake(key)
	}
	w.mu.Unlock()

	w.ready()
}

// wake puts a row among those that are to be looked at. The lock is held.
func (w *Wakes) wake(key string) {
	if !w.queued[key] {
		w.queued[key] = true
		w.woken = append(w.woken, key)
	}
}

// wakeAll is wake for several rows, in the order of their keys. The lock is held.
func (w *Wakes) wakeAll(keys map[string]bool) {
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		w.wake(key)
	}
}

// Next returns a row that is to be looked at, and whether copies have caught up.
func (w *Wakes) Next() (key string, sure, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()

	if len(w.woken) == 0 || w.shut {
		return "", false, false
	}

	key = w.woken[0]
	w.woken = w.woken[1:]
	delete(w.queued, key)
	if !w.sure {
		w.again[key] = true
	}

	return key, w.sure, true
}

// Len returns how many rows are to be looked at.
func (w *Wakes) Len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.woken)
}

// ring wakes the rows whose time has come, and sets the alarm for the next. The lock is held.
func (w *Wakes) ring() {
	for len(w.due) > 0 && !w.due[0].at.After(time.Now()) {
		d := heap.Pop(&w.due).(due)
		if w.waits[d.key].At.Equal(d.at) {
			w.wake(d.key)
		}
	}

	if w.alarm != nil {
		w.alarm.Stop()
		w.alarm = nil
	}

	if len(w.due) > 0 && !w.shut {
		w.alarm = time.AfterFunc(time.Until(w.due[0].at), func() {
			w.mu.Lock()
			w.ring()
			w.mu.Unlock()

			w.ready()
		})
	}
}

// caughtUp has the rows looked at that seemed to have read more than the copies had.
func (w *Wakes) caughtUp() {
	w.mu.Lock()
	w.sure = true
	w.wakeAll(w.again)
	clear(w.again)
	w.mu.Unlock()

	w.ready()
}

// Close ends the index.
func (w *Wakes) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.shut = true
	w.ring()
}

// dues is a heap, the earliest first.
type dues []due

func (d dues) Len() int           { return len(d) }
func (d dues) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d dues) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }

// Push implements heap.Interface.
func (d *dues) Push(x any) { *d = append(*d, x.(due)) }

// Pop implements heap.Interface.
func (d *dues) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	*d = (*d)[:last]
	return x
}
