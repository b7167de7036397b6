package processors

import (
	"sync/atomic"
	"time"

	"github.com/lovoo/goka/storage"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// # Rows that are woken
//
// A session has an index of what the rows of its partitions wait for: see stage.Wakes. It is made of the
// rows once they are recovered, and follows each change that a callback makes. Copies of tables tell it
// what they have followed. It names the rows that are to be looked at, and these come to their partition
// as heads do, by letters. What a look leads to is committed like the effects of an event.

// A followedStore tells which rows a copy has followed, once they can be read: goka's storage keeps them
// until it is given their offset. While it recovers, it keeps many, so afterwards anything may have
// changed.
type followedStore struct {
	storage.Storage
	copy      *tableCopy
	recovered atomic.Bool // goka recovers in another goroutine
	keys      []string    // not told yet; of the partition's goroutine alone
}

// Set implements storage.Storage.
func (f *followedStore) Set(key string, value []byte) error {
	f.note(key)
	return f.Storage.Set(key, value)
}

// Delete implements storage.Storage.
func (f *followedStore) Delete(key string) error {
	f.note(key)
	return f.Storage.Delete(key)
}

func (f *followedStore) note(key string) {
	if f.recovered.Load() {
		f.keys = append(f.keys, key[len(rowSpace):])
	}
}

// SetOffset implements storage.Storage.
func (f *followedStore) SetOffset(offset int64) error {
	err := f.Storage.SetOffset(offset)
	if err == nil && len(f.keys) > 0 {
		f.copy.tell(func(w *stage.Wakes) { w.Changed(f.copy.table, f.keys...) })
		f.keys = f.keys[:0]
	}
	return err
}

// MarkRecovered implements storage.Storage.
func (f *followedStore) MarkRecovered() error {
	err := f.Storage.MarkRecovered()
	if err == nil && !f.recovered.Swap(true) {
		f.copy.tell((*stage.Wakes).All)
	}
	return err
}

// tell tells the index of each stage of the topology that runs.
func (c *tableCopy) tell(of func(*stage.Wakes)) {
	for _, s := range c.w.runners {
		if s.plan != c.plan || !s.machine.HasWake() {
			continue
		}

		in := s.current.Load()
		if in == nil {
			continue
		}

		if x := in.session.Load(); x != nil && x.wakes != nil {
			of(x.wakes)
		}
	}
}

// catchUp is how long a copy may be behind that of the worker that had the rows before, which is milliseconds
// mostly.
const catchUp = 2 * time.Second

// index has the session know what the rows of a recovered partition wait for.
func (p *partition) index() error {
	if p.sess.wakes == nil || testhook.IsOff(testhook.RebuiltWaits) {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.scan(rowSpace, func(key string, _ []byte) error {
		row, err := p.stored(key)
		if err != nil {
			return err
		}
		return p.sess.wakes.Row(key, row)
	})
}

// awaits has the session know what a row waits for that has changed.
func (p *partition) awaits(key string, row *stage.Row) error {
	if p.sess.wakes == nil {
		return nil
	}
	return p.sess.wakes.Row(key, row)
}

// startLooks has the rows looked at that are woken.
func (x *session) startLooks() error {
	if x.wakes == nil {
		return nil
	}

	for key, sure, ok := x.wakes.Next(); ok; key, sure, ok = x.wakes.Next() {
		p, err := x.partition(key)
		if err != nil {
			return err
		}
		p.deliver(key, letter{look: &look{key, sure}})
	}

	return nil
}

// A look is a row that is to be looked at: see stage.Machine.Wake.
type look struct {
	key  string
	sure bool
}

// look has the step of a row that is woken run, if there is a reason.
func (p *partition) look(l *look) error {
	key := l.key

	row, err := p.row(key)
	if err != nil {
		return err
	}

	this := culprit{cell: cellID{key: key}}
	defer p.sess.turn.handledBy(this)

	var e stage.Effects
	if bad, ok := p.in.s.refusals.find(this); ok {
		e, err = p.in.s.machine.RefuseWake(key, row, bad.err, bad.times > 1)
	} else {
		e, err = p.in.s.machine.Wake(key, row, p.in.s.w.copies, l.sure)
	}

	if err != nil || e.Ignored {
		return err
	}

	return p.effect("", row, e, func() {})
}
