package processors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/state"
)

// # Health
//
// A stage is ready when its rows are recovered and its events flow. It is not when one of the following
// holds; see runner.unready:
//
//   - Something that only a person can mend, or only time, holds it up. The part of the engine that knows
//     calls runner.trouble.
//   - It is rebuilt again and again.
//   - The modes of its operators can't be read, so none is asked.
//   - Its group has not answered for a session time-out.
//   - It has not committed for a while (Config.tooLong) although there is work: events in the hands of a
//     partition, a transaction that runs, or a session that has not begun yet.
//
// One goroutine per worker looks at all stages again and again (Worker.watch), and tells what has changed.

// health is what a runner remembers of itself for this.
type health struct {
	commits atomic.Int64 // of all incarnations

	mu       sync.Mutex // guards what follows
	blocked  string     // by what; see trouble
	modeless string     // why the modes of its operators are not known; see control.tell
	rebuilds int        // in a row
	last     error      // of the last rebuild
	seen     int64      // commits at the last look
	since    time.Duration
	told     string        // why the stage is not ready, as it was last told; "": it is
	downFrom time.Duration // uptime at which it was first told
}

// tooLong is how long a stage may take to commit while there is work.
func (c Config) tooLong() time.Duration { return 3 * max(c.SessionTimeout, 2*time.Second) }

const (
	tooOften = 3 // rebuilds in a row, from which on a stage is not ready
	lookMost = time.Second
)

// trouble tells what holds the stage up, for readyz and the log; "" means that nothing does any more.
func (s *runner) trouble(reason string) {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	s.health.blocked = reason
}

// rebuilt counts an incarnation that an error has ended. Those before do not count if it had worked for long.
func (s *runner) rebuilt(in *incarnation, err error) (times int64) {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()

	if in.worked() > s.w.c.tooLong() {
		s.health.rebuilds = 0
	}
	s.health.rebuilds++
	s.health.last = err

	return int64(s.health.rebuilds)
}

// worked returns for how long the incarnation has committed.
func (in *incarnation) worked() time.Duration {
	first := in.firstCommit.Load()
	if first == 0 {
		return 0
	}
	return uptime() - time.Duration(first)
}

// hasCommitted is told of each commit.
func (in *incarnation) hasCommitted() {
	in.firstCommit.CompareAndSwap(0, int64(uptime()))
	in.s.health.commits.Add(1)
	in.s.ready()
}

// unready returns why the stage is not ready, or "".
func (s *runner) unready() string {
	in := s.current.Load()
	h := &s.health
	h.mu.Lock()
	defer h.mu.Unlock()

	limit := s.w.c.tooLong()

	var idle time.Duration // none if there was a commit since the last look, or no look yet
	if h.since != 0 && h.commits.Load() == h.seen {
		idle = uptime() - h.since
	}

	switch {
	case h.blocked != "":
		return h.blocked
	case h.modeless != "":
		return h.modeless
	case in == nil:
		return "it waits for the copies of the tables that it reads"
	case in.draining.Load():
		return "the worker stops"
	case h.rebuilds >= tooOften && in.worked() <= limit:
		return fmt.Sprintf("it was rebuilt %d times in a row, the last time because of: %v",
			h.rebuilds, h.last)
	case in.firstCommit.Load() == 0 && !s.isUp():
		return in.stageOfSession()
	case idle > limit:
		return fmt.Sprintf("it has not committed for %v although there is work: %s",
			idle.Round(time.Second), in.stageOfSession())
	case in.firstCommit.Load() != 0 && in.lease.age() > s.w.c.SessionTimeout:
		return fmt.Sprintf("its group has not answered for %v", in.lease.age().Round(time.Second))
	}

	return ""
}

// isUp reports whether the stage has ever committed.
func (s *runner) isUp() bool {
	select {
	case <-s.up:
		return true
	default:
		return false
	}
}

// stageOfSession tells how far the session is, for people.
func (in *incarnation) stageOfSession() string {
	x := in.session.Load()
	switch done, total := in.progress.sum(); {
	case x == nil || x.Context().Err() != nil:
		return "it waits for its share of the group's partitions"
	case done < total:
		return fmt.Sprintf("its rows are being recovered, %d of %d records so far", done, total)
	case !x.begun.Load():
		return "its rows are being recovered"
	case x.inHand() > 0:
		return "an event has been in a step for long, or waits to be committed"
	}
	return "its transaction does not end"
}

// hasWork reports whether there is something that leads to a commit.
func (in *incarnation) hasWork() bool {
	x := in.session.Load()
	return x == nil || x.Context().Err() != nil || !x.begun.Load() || in.busy() || x.inHand() > 0
}

// inHand counts the records that pumps have passed on and no callback has handled.
func (x *session) inHand() (n int64) {
	for _, p := range x.parts {
		n += p.inHand.Load()
	}
	return n
}

// watch looks at all stages until ctx ends.
func (w *Worker) watch(ctx context.Context) error {
	again := time.NewTicker(min(w.c.SessionTimeout/4, lookMost))
	defer again.Stop()

	for {
		for _, s := range w.runners {
			s.look()
		}

		select {
		case <-again.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// look notices what has changed since the last look, and tells it.
func (s *runner) look() {
	in := s.current.Load()
	if in == nil {
		return
	}
	work, commits := in.hasWork(), s.health.commits.Load()

	s.health.mu.Lock()
	if !work || commits != s.health.seen || s.health.since == 0 {
		s.health.since, s.health.seen = uptime(), commits
	}
	s.health.mu.Unlock()

	s.tellReadiness(s.unready())
	in.progress.tell(in)

	if x := in.session.Load(); x != nil && x.Context().Err() == nil {
		for _, p := range x.parts {
			p.tellStall()
		}
	}
}

// tellReadiness tells when the stage begins to be not ready, and when that ends. A stage that has never been
// ready, and one that stops, are no news.
func (s *runner) tellReadiness(reason string) {
	h := &s.health
	h.mu.Lock()
	was := h.told
	since := h.downFrom

	in := s.current.Load()
	if in.draining.Load() || reason != "" && !s.isUp() && h.blocked == "" && h.rebuilds < tooOften {
		h.mu.Unlock()
		return
	}

	if was == "" {
		h.downFrom = uptime()
	}
	h.told = reason
	h.mu.Unlock()

	switch {
	case was == "" && reason != "":
		s.w.notify(Notice{Kind: NotReady, Stage: s.group, Err: errors.New(reason)})
	case was != "" && reason == "":
		s.w.notify(Notice{Kind: ReadyAgain, Stage: s.group, After: uptime() - since})
	}
}

// Readiness returns why the worker is not ready, a [*state.NotReadyError], or nil. GET /readyz answers it.
func (w *Worker) Readiness() error {
	e := &state.NotReadyError{}
	for _, s := range w.runners {
		if reason := s.unready(); reason != "" {
			e.Stages = append(e.Stages, state.Trouble{Stage: s.group, Reason: reason})
		}
	}

	if len(e.Stages) > 0 {
		return e
	}

	select {
	case <-w.ready:
		return nil
	default:
		return e // the last stage is about to be
	}
}

// A stall is when and for how long a partition has not fetched because too much waits.
type stall struct {
	from time.Duration // uptime; 0: it is not stalled
}

// tellStall tells when a partition stops to fetch because too many events wait, and when it goes on. That the
// committer is behind for a moment is nothing to be told.
func (p *partition) tellStall() {
	events := p.waiting.Load()
	full := events >= int64(p.in.s.w.c.Waiting) || p.waitingBytes.Load() >= p.in.s.w.c.WaitingBytes

	switch {
	case full && p.stall.from == 0:
		p.stall.from = uptime()
		p.in.s.w.notify(Notice{Kind: FetchingPaused, Stage: p.in.s.group, Partition: p.id, Count: events})
	case !full && p.stall.from != 0:
		after := uptime() - p.stall.from
		p.stall.from = 0
		p.in.s.w.notify(Notice{Kind: FetchingResumed, Stage: p.in.s.group, Partition: p.id, After: after})
	}
}

// models follows how the calls of each operator of a stage end.
type models struct {
	mu   sync.Mutex
	fail map[string]failing // by operator; those that do not fail are missing
}

type failing struct {
	calls int64         // in a row
	from  time.Duration // uptime of the first
}

// tooManyFailures is how many calls in a row must fail for a model to count as down. Some fail for their
// case's sake.
const tooManyFailures = 5

// modelDown is told that calls wait because the model of an operator is down: see llm.Resilient. They may say
// so often; it is told once.
func (s *runner) modelDown(op string, why error) {
	s.models.mu.Lock()
	f := s.models.fail[op]
	if f.calls >= tooManyFailures {
		s.models.mu.Unlock()
		return
	}
	f = failing{tooManyFailures, cmp.Or(f.from, uptime())}
	s.models.set(op, f)
	s.models.mu.Unlock()

	s.w.notify(Notice{Kind: ModelDown, Stage: s.group, Operator: op, Count: f.calls, Err: why})
}

// set keeps how an operator fails. The lock is held.
func (m *models) set(op string, f failing) {
	if m.fail == nil {
		m.fail = map[string]failing{}
	}
	m.fail[op] = f
}

// answered is told how a call has ended.
func (s *runner) answered(op string, err error) {
	s.models.mu.Lock()
	f, failed := s.models.fail[op]
	if err == nil {
		delete(s.models.fail, op)
	} else {
		f = failing{f.calls + 1, cmp.Or(f.from, uptime())}
		s.models.set(op, f)
	}
	s.models.mu.Unlock()

	n := Notice{Stage: s.group, Operator: op, Count: f.calls}
	switch {
	case err != nil && f.calls == tooManyFailures:
		n.Kind, n.Err = ModelDown, err
		s.w.notify(n)
	case err == nil && failed && f.calls >= tooManyFailures:
		n.Kind, n.After = ModelUp, uptime()-f.from
		s.w.notify(n)
	}
}

// tellDeadLetters tells those among outputs that are committed.
func (s *runner) tellDeadLetters(outputs []stage.Output) {
	for i := range outputs {
		if o := &outputs[i]; o.Topic == s.plan.DeadLetters() {
			n := Notice{Kind: DeadLettered, Stage: s.group}
			n.from(o.Headers)
			s.w.notify(n)
		}
	}
}

// from reads the headers of a dead letter.
func (n *Notice) from(headers []stage.Header) {
	for _, h := range headers {
		text := string(h.Value)
		number, _ := strconv.ParseInt(text, 10, 64)

		switch h.Key {
		case "deadletter-topic":
			n.Topic = text
		case "deadletter-partition":
			n.Partition = int32(number)
		case "deadletter-offset":
			n.Offset = number
		case "deadletter-operator":
			n.Operator = text
		case "deadletter-error":
			n.Err = errors.New(text)
		}
	}
}

// assigned tells which partitions a session has, and what changed since the last one.
func (s *runner) assigned(parts map[int32]*partition) {
	n := Notice{Kind: Rebalanced, Stage: s.group}
	for id := range parts {
		n.Partitions = append(n.Partitions, id)
	}
	slices.Sort(n.Partitions)

	for _, id := range n.Partitions {
		if !slices.Contains(s.had, id) {
			n.Count++
		}
	}

	for _, id := range s.had {
		if parts[id] == nil {
			n.Lost++
		}
	}
	s.had = n.Partitions
	s.w.notify(n)
}
