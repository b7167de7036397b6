package processors

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
)

// A session that ends before its positions are known has nothing to commit: rows without positions are not
// fenced.
func TestNoCommitWithoutPositions(t *testing.T) {
	for _, known := range []bool{false, true} {
		committed := false
		stop := errors.New("the test has seen enough")
		in := &incarnation{end: func() {}, s: &runner{w: &Worker{onPhase: func(string,
			string) error {
			committed = true
			return stop
		}}}}
		x := &session{in: in, known: make(chan struct{}), committed: make(chan struct{})}
		close(x.committed)

		if known {
			close(x.known)
		}

		if err := in.revoke(x); committed != known || errors.Is(err, stop) != known {
			t.Errorf("positions known: %v, committed: %v, %v", known, committed, err)
		}
	}
}

// The cache keeps what is not yet in the store, and little else, whether rows were changed or only read.
func TestCacheIsBounded(t *testing.T) {
	in, _ := newTestSession(t, nil)
	p := &partition{
		in:    in,
		store: store.Memory(),
		rows:  map[string]*stage.Row{},
		dirty: map[string]*stage.Row{},
	}
	for i := range 100 {
		if _, err := p.row(fmt.Sprint("read-", i)); err != nil {
			t.Fatal(err)
		}
	}

	changed := &stage.Row{Bytes: []byte("1"), Version: 1}
	for i := range 20 {
		key := fmt.Sprint("changed-", i)
		p.rows[key], p.dirty[key] = changed, changed
	}

	if err := (&share{p: p}).flush(10, time.Now()); err != nil {
		t.Fatal(err)
	}

	if len(p.rows) != 20 {
		t.Errorf("%d rows are cached", len(p.rows))
	}

	for key := range p.dirty {
		if p.rows[key] != changed {
			t.Errorf("%s is to be committed, and not cached", key)
		}
	}
}

// While no more may wait, no event is fetched, and answers pass: they make room.
func TestWithoutRoomOnlyAnswersPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, x := newTestSession(t, nil)
		p := x.parts[0]
		p.waiting.Store(int64(in.s.w.c.Waiting))

		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()

		events, out := make(chan *sarama.ConsumerMessage, 1), make(chan *sarama.ConsumerMessage, 2)
		events <- &sarama.ConsumerMessage{}
		go p.pump(ctx, 0, events, out)
		p.answers <- &sarama.ConsumerMessage{Offset: -1}
		synctest.Wait()

		if len(events) != 1 || len(out) != 1 {
			t.Errorf("without room, %d events are left, and %d records have passed", len(events), len(out))
		}

		p.waiting.Store(0)
		p.rouse()
		synctest.Wait()

		if len(events) != 0 || len(out) != 2 {
			t.Errorf("with room, %d events are left, and %d records have passed", len(events), len(out))
		}
	})
}
