package processors

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/state"
)

// Row implements state.Source. It decodes what is committed of a row, never what a running transaction has
// changed. For a row of a partition that another worker owns, the error is a *state.NotHereError.
func (w *Worker) Row(ctx context.Context, table, key string, into any) (state.Freshness, error) {
	in, err := w.owner(table)
	if err != nil {
		return state.Freshness{}, err
	}

	st := in.owned(murmur2.Partition(key, in.s.partitions))
	if st == nil {
		return state.Freshness{}, w.notHere(ctx, in.s, key)
	}

	if err := in.proven(ctx, key); err != nil {
		return state.Freshness{}, err
	}

	asOf := in.freshness() // before the row is read, so that it promises too little rather than too much

	b, err := st.Get(rowSpace + key)
	if err != nil {
		return state.Freshness{}, fmt.Errorf("processors: row %s/%s: %w", table, key, moved(err))
	}

	row, err := stage.Unpack(b)
	if err == nil {
		err = row.Upgrade(in.s.plan, table, key)
	}

	if err != nil {
		return state.Freshness{}, fmt.Errorf("processors: row %s/%s: %w", table, key, err)
	}

	f := state.Freshness{Version: row.Version, AsOf: asOf}
	if row.Bytes == nil {
		return f, nil
	}

	if err := (plan.JSON{}).Unmarshal(row.Bytes, into); err != nil {
		return f, fmt.Errorf("processors: row %s/%s: %w", table, key, err)
	}

	return f, nil
}

// moved translates the error of a store that was closed while it was read: its partition has moved away.
func moved(err error) error {
	if errors.Is(err, store.ErrClosed) {
		return state.ErrMoved
	}
	return err
}

// Tables names the tables of this worker, in declaration order.
func (w *Worker) Tables() (names []string) {
	for _, s := range w.runners {
		if s.stage.Table != "" {
			names = append(names, s.stage.Table)
		}
	}
	return names
}

// owner returns the current incarnation of the stage that has the table.
func (w *Worker) owner(table string) (*incarnation, error) {
	for _, s := range w.runners {
		if s.stage.Table == table && table != "" {
			if in := s.current.Load(); in != nil && s.partitions > 0 {
				return in, nil
			}
			return nil, &state.NotHereError{Table: table}
		}
	}

	return nil, fmt.Errorf("processors: %w %q", state.ErrNoTable, table)
}

// owned returns the store of a partition that this worker owns and has recovered, or nil.
func (in *incarnation) owned(part int32) store.Store {
	x := in.session.Load()
	if x == nil || x.Context().Err() != nil || in.ctx.Err() != nil || !x.isKnown() {
		return nil
	}

	if p := x.parts[part]; p != nil {
		return in.store(part)
	}
	return nil
}

// proven returns nil if this worker has shown that it owns its partitions, within the session time-out. If
// the lease has run out, it waits for a proof for a part of that time. A worker that hears nothing of its
// group may have lost its partitions, so it answers for no row.
func (in *incarnation) proven(ctx context.Context, key string) error {
	timeout := in.s.w.c.SessionTimeout
	ctx, cancel := context.WithTimeout(ctx, timeout/4)
	defer cancel()

	if in.lease.wait(ctx) == nil || in.lease.age() < timeout {
		return nil
	}
	return &state.NotHereError{Table: in.s.stage.Table, Key: key}
}

// freshness returns the time before which every change that was committed is in an answer: now if the lease
// is held and nothing waits for a commit, or else the time at which the last commit began.
func (in *incarnation) freshness() time.Time {
	now := time.Now() // before the looks: this goroutine may be held up between them

	last := in.asOf.Load()
	if last == 0 {
		return time.Time{}
	}

	busy := in.busy()
	held, _ := in.lease.isValid()
	if (held || testhook.IsOff(testhook.Freshness)) && !busy {
		return now
	}

	return time.Unix(0, last)
}

// busy reports whether something was handled and is not committed yet.
func (in *incarnation) busy() bool {
	if !in.gate.TryLock() {
		return true // a transaction is running
	}
	defer in.gate.Unlock()

	if x := in.session.Load(); x != nil {
		for _, p := range x.parts {
			if p.backlog.records.Load() > 0 {
				return true
			}
		}
	}

	return false
}

// notHere returns the error that names the owner of a row, if the brokers tell it in time.
func (w *Worker) notHere(ctx context.Context, s *runner, key string) error {
	ctx, cancel := context.WithTimeout(ctx, w.c.patience())
	defer cancel()

	told := make(chan string, 1)
	go func() { told <- w.ownerOf(s, murmur2.Partition(key, s.partitions)) }()

	e := &state.NotHereError{Table: s.stage.Table, Key: key}
	select {
	case e.Owner = <-told:
	case <-ctx.Done():
	}

	return e
}

func newRun() string {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
