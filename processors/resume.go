package processors

import (
	"context"
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/testhook"
	"golang.org/x/sync/errgroup"
)

// resume takes up what waits in the recovered partitions of a session. The recovery of cells comes first: it
// was cut short if the session's context has ended then.
func (x *session) resume(ctx context.Context) error {
	var g errgroup.Group
	g.SetLimit(4) // reads and decodes at once

	for id, p := range x.parts {
		p.store = x.in.store(id)
		if x.in.s.cells != "" && !testhook.IsOff(testhook.RecoveredCells) {
			g.Go(func() error { return x.in.recoverCells(ctx, id, p.store) })
		}
	}

	err := g.Wait()
	if isCutShort(ctx) {
		return nil // so was the recovery, whatever its error says: see handler.Setup
	}

	if err != nil {
		return err
	}

	for _, p := range x.parts {
		if err := p.resume(); err != nil {
			return err
		}

		if err := p.index(); err != nil {
			return err
		}
	}

	return nil
}

// resume has the heads of all queues of a recovered partition stand in line. Only the queues are read,
// however many events wait and however many rows there are.
func (p *partition) resume() (err error) {
	if p.store == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()

	p.complete = time.Time{} // the first commit tells

	if err := p.refuseMisplacedRows(); err != nil {
		return err
	}

	if p.census, err = readCensus(p.store); err != nil || !p.in.s.stage.Waits && p.in.s.cells == "" {
		return err
	}

	if err := p.in.s.accepts(p.census); err != nil {
		return err
	}

	if err := p.migrate(); err != nil {
		return err
	}
	events, bytes := p.census.total()
	p.waiting.Store(events)
	p.waitingBytes.Store(bytes)

	return p.scan(queueSpace, func(key string, packed []byte) error {
		queues, err := stage.UnpackQueues(packed)
		if err == nil {
			err = p.in.s.refuseMisplaced(key, p.id)
		}

		for _, q := range queues {
			if err == nil {
				err = p.stand(key, q.Op)
			}
		}
		return err
	})
}

// accepts refuses events that wait in a form that the topology does not know any more.
func (s *runner) accepts(c census) error {
	for _, kind := range c {
		err := s.machine.Accepts(kind.Op, kind.Anchor)
		if err != nil && !testhook.IsOff(testhook.Accepts) {
			return &FatalError{fmt.Errorf("stage %s: %w (%d events)", s.group, err, kind.Events)}
		}
	}
	return nil
}

// scan calls f for what the store has in a space.
func (p *partition) scan(space string, f func(key string, value []byte) error) error {
	var failed error
	err := p.store.Scan(space, "", func(key string, value []byte) bool {
		failed = f(key[len(space):], append([]byte(nil), value...))
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	return err
}

// migrate moves the events that wait in the headers of their rows, as they did in former versions, to cells,
// in the first transaction. A key is moved as a whole or not at all, so a crash does no harm.
func (p *partition) migrate() error {
	marked, err := p.store.Get(metaMarked)
	if p.marked = marked != nil; err != nil || p.marked {
		return err
	}

	return p.scan(legacySpace, func(key string, b []byte) error {
		kept, err := legacyOf(b)
		if err != nil {
			return err
		}

		row, err := p.row(key)
		if err != nil {
			return err
		}
		moved := *row
		p.legacy = append(p.legacy, key)

		for _, k := range kept {
			if err := p.in.s.machine.Accepts(k.Op, ""); err != nil {
				return &FatalError{fmt.Errorf("stage %s: row %s: %w", p.in.s.group, key, err)}
			}

			q := moved.Queue(k.Op)
			if q.IsEmpty() {
				q.Asked, q.Reasks, q.Cause = k.Asked, k.Reasks, k.Cause
			}
			p.change(key, stage.Change{Op: k.Op, Seq: q.Next, Request: k.Request})
			q.Next++
			moved.Queues = moved.With(q)
		}

		p.rows[key], p.dirty[key], p.queued[key] = &moved, &moved, &moved
		for _, q := range moved.Queues {
			if err := p.stand(key, q.Op); err != nil {
				return err
			}
		}

		return nil
	})
}
