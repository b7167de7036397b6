package processors

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// A session is what goka sees of sarama's session: one worker's ownership of partitions, from one rebalance
// to the next. Positions are set by callbacks and committed by the committer; goka's marks only check that no
// record was passed over.
type session struct {
	sarama.ConsumerGroupSession
	in        *incarnation
	parts     map[int32]*partition // by id; not modified after newSession
	calls     *stage.Calls
	wakes     *stage.Wakes // nil: no row is woken
	starts    starts
	found     map[place]position // that the group had committed before; set before there are claims
	unknown   chan struct{}      // holds one for each claim whose start position is not known yet
	known     chan struct{}      // closed when unknown is empty
	once      sync.Once          // closes known
	written   recentWrites       // by all partitions
	committed chan struct{}      // closed when the committer has ended; nil if it never started
	startable chan struct{}      // capacity 1: a head may be asked
	worked    atomic.Bool        // the session has committed work
	begun     atomic.Bool        // the session has committed
	turn      turn               // while the stage is careful

	mu     sync.Mutex   // guards what follows
	unmade []stage.Call // that were to be made while the worker stopped
}

// recentWrites are outputs that need not be written again, since they are committed. All partitions share
// them.
type recentWrites struct {
	mu     sync.Mutex
	recent stage.RecentWrites
}

// missing returns the outputs that have to be written.
func (w *recentWrites) missing(outputs []stage.Output) []stage.Output {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.recent.Missing(outputs)
}

// add takes in outputs that are committed.
func (w *recentWrites) add(outputs []stage.Output) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.recent.Add(outputs)
}

func newSession(in *incarnation, s sarama.ConsumerGroupSession) *session {
	x := &session{
		ConsumerGroupSession: s,
		in:                   in,
		parts:                map[int32]*partition{},
		known:                make(chan struct{}),
		startable:            make(chan struct{}, 1),
		turn:                 turn{slot: make(chan struct{}, 1)},
	}
	var modes stage.Control
	if c := in.s.w.controls[in.s.plan]; c != nil {
		modes = c
	}
	var books stage.Ledger
	if b := in.s.w.books[in.s.plan]; b != nil {
		books = b
	}
	x.calls = stage.NewCalls(s.Context(), in.s.plan, in.s.stage, stage.CallOptions{
		Copies:    in.s.w.copies,
		Control:   modes,
		Ledger:    books,
		Lease:     in.lease.wait,
		Answer:    x.answer,
		Beside:    x.answerBeside,
		Ready:     x.ready,
		Early:     true,
		Abandoned: x.abandoned,
		Down:      in.s.modelDown,
	})

	if in.s.machine.HasWake() {
		x.wakes = stage.NewWakes(in.s.machine, in.s.w.copies, catchUp, x.ready)
		context.AfterFunc(s.Context(), x.wakes.Close)
	}

	claims := 0
	for _, ids := range s.Claims() {
		claims += len(ids)
		for _, id := range ids {
			if x.parts[id] == nil {
				x.parts[id] = newPartition(x, id)
				if testhook.IsOff(testhook.FreshCache) {
					x.parts[id].keepCache()
				}
			}
		}
	}

	x.unknown = make(chan struct{}, claims)
	for range claims {
		x.unknown <- struct{}{}
	}

	if claims == 0 {
		close(x.known)
	}

	return x
}

// startAt makes the start position of a claim known. The first transaction waits for all of them and commits
// them, which fences a predecessor and gives the first lease.
//
// A partition that has rows in its changelog but no position in its group is refused: reading from the
// beginning would count all of its events twice.
func (x *session) startAt(p *partition, topic string, o int64) (err error) {
	was, found := x.found[place{topic, p.id}]
	if found && o < 0 {
		return fmt.Errorf("the position %d of %s/%d is out of range now", was.next, topic, p.id)
	}

	if o < 0 {
		if o, err = x.in.prod.client.GetOffset(topic, p.id, sarama.OffsetOldest); err != nil {
			return fmt.Errorf("oldest offset of %s/%d: %w", topic, p.id, err)
		}
	}

	if !found {
		x.starts.add(topic, p.id, o)
	} else {
		p.mu.Lock()
		p.resumed = true
		p.mu.Unlock()
	}

	p.mu.Lock()
	p.next[topic] = max(p.next[topic], o)
	all := len(p.next) == len(x.in.s.stage.Inputs)
	fresh := all && !p.resumed && p.store != nil && p.store.Offset() >= 0
	p.mu.Unlock()

	if fresh && !testhook.IsOff(testhook.RowsNeedPositions) {
		return &FatalError{x.in.s.withoutPositions(p.id)}
	}

	<-x.unknown

	if len(x.unknown) == 0 {
		x.once.Do(func() { close(x.known) })
	}

	return nil
}

// withoutPositions reports rows whose group has no positions.
func (s *runner) withoutPositions(part int32) error {
	own := "topic " + s.changelog
	if s.cells != "" {
		own = "topics " + s.changelog + " and " + s.cells
	}

	return fmt.Errorf("partition %d of stage %s has rows in its changelog, but its group has no committed "+
		"positions there: they have expired or were deleted, or the inputs were made anew. Reading from "+
		"the beginning would count events twice. To compute the table again, and send again what it "+
		"sends, delete %s while no worker runs. To keep the rows, set the positions of group %s by "+
		"kafka-consumer-groups: to the beginning only if the inputs were made anew",
		part, s.group, own, s.group)
}

// begin sets where the session begins in partitions of which the group has no position, if their topics say
// so. Where they don't, sarama begins with the oldest record.
func (x *session) begin() error {
	for topic, parts := range x.Claims() {
		t := x.in.s.plan.Topic(topic)
		if t == nil || t.Start.IsZero() {
			continue
		}

		for _, part := range parts {
			if _, found := x.found[place{topic, part}]; found {
				continue
			}

			o, err := startOffset(x.in.prod.client, topic, part, t.Start)
			if err != nil {
				return fmt.Errorf("offset of %s/%d at %s: %w", topic, part, t.Start.Format(time.RFC3339), err)
			}
			x.ConsumerGroupSession.MarkOffset(topic, part, o, "")
		}
	}

	return nil
}

// startOffset returns the offset of the first record with a timestamp, or a later one; the end if there is
// none.
func startOffset(client sarama.Client, topic string, part int32, at time.Time) (int64, error) {
	o, err := client.GetOffset(topic, part, at.UnixMilli())
	if err == nil && o < 0 {
		o, err = client.GetOffset(topic, part, sarama.OffsetNewest)
	}
	return o, err
}

// isKnown reports whether the start position of every claim is known.
func (x *session) isKnown() bool {
	select {
	case <-x.known:
		return true
	default:
		return testhook.IsOff(testhook.KnownPositions)
	}
}

// MarkOffset is called by goka in the partition's goroutine, right after each callback, since nothing was
// emitted. The callback has set the position. A mark without a callback would be a record that goka has
// passed over.
func (x *session) MarkOffset(topic string, part int32, next int64, _ string) {
	p := x.parts[part]
	p.mu.Lock()
	defer p.mu.Unlock()

	passedOver := p.handled != (token{topic, next - 1}) && !testhook.IsOff(testhook.PassedOver)
	if !p.dead && passedOver {
		p.dead = true
		x.in.fail(fmt.Errorf("goka passed over record %s/%d/%d", topic, part, next-1))
	}
	p.handled = token{}
}

// make makes calls, unless the worker stops: then they are made at the next start.
func (x *session) make(calls []stage.Call) error {
	if x.in.draining.Load() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.unmade = append(x.unmade, calls...)
		return nil
	}

	for _, c := range calls {
		if err := x.in.s.phase("before dispatch"); err != nil {
			return err
		}
		x.calls.Make(c)

		if err := x.in.s.phase("after dispatch"); err != nil {
			return err
		}
	}

	return nil
}

// unmadeIn returns the calls in a partition that were not made because the worker stops.
func (x *session) unmadeIn(p *partition) (calls []stage.Call) {
	x.mu.Lock()
	defer x.mu.Unlock()

	for _, c := range x.unmade {
		if owner, err := x.partition(c.Key); err == nil && owner == p {
			calls = append(calls, c)
		}
	}
	return calls
}

// ready is told that a head may be asked.
func (x *session) ready() {
	select {
	case x.startable <- struct{}{}:
	default:
	}
}

// abandoned is told of a call that does not return.
func (x *session) abandoned(c stage.Call, grace time.Duration) {
	x.in.s.w.c.Logger.Error("a call ignores its context and does not return: its slot is given to another",
		"stage", x.in.s.group, "operator", c.Op, "key", c.Key, "id", c.ID, "after", grace)
}

// start has heads asked that stand in line, as slots become free, until the session ends.
func (x *session) start() {
	for {
		for h, ok := x.calls.Next(); ok; h, ok = x.calls.Next() {
			p, err := x.partition(h.Key)
			if err != nil {
				x.in.fail(err)
				return
			}
			p.deliver(h.Key, letter{head: &h})
		}

		if err := x.startLooks(); err != nil {
			x.in.fail(err)
			return
		}

		select {
		case <-x.startable:
		case <-x.Context().Done():
			return
		}
	}
}

// partition returns the partition of a key that waits.
func (x *session) partition(key string) (*partition, error) {
	id := murmur2.Partition(key, x.in.s.partitions)
	if p := x.parts[id]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("key %q waits, but its partition, %d, is another worker's", key, id)
}

// answer brings an answer to the partition of its key.
func (x *session) answer(a stage.Answer) {
	if !a.Unasked && !errors.Is(a.Err, stage.ErrRulesOnly) && !errors.Is(a.Err, stage.ErrSuperseded) &&
		!stage.IsSpent(a.Err) {
		x.in.s.answered(a.Call.Op, a.Err)
	}

	p, err := x.partition(a.Call.Key)
	if err != nil {
		x.in.fail(err)
		return
	}

	if err := x.in.s.phase("before answer"); err != nil {
		x.in.fail(err)
		return
	}

	p.deliver(a.Call.Key, letter{answer: &a})

	if err := x.in.s.phase("after answer"); err != nil {
		x.in.fail(err)
	}
}

// answerBeside brings an answer that goes on record only to the partition of its key.
func (x *session) answerBeside(a stage.Answer) {
	if x.in.s.refusals.careful.Load() {
		return // the broker may refuse a record, and one that is missed least is left out
	}

	if p, err := x.partition(a.Call.Key); err == nil {
		p.deliver(a.Call.Key, letter{beside: &a})
	}
}

// settled reports whether no call is under way, and nothing on its way to a partition.
func (x *session) settled() bool {
	if x.calls.Running() > 0 {
		return false
	}

	for _, p := range x.parts {
		if p.unread() > 0 {
			return false
		}
	}

	return true
}
