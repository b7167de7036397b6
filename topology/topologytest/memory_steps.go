package topologytest

import (
	"cmp"
	"slices"
	"strings"
	"testing/synctest"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// settle runs until nothing can happen without time passing.
func (m *memory) settle() {
	for {
		for m.next() || m.ask() {
		}
		m.wait()

		if !m.answer() {
			return
		}
	}
}

// wait lets calls go on: in a bubble until all are blocked, else until all have answered.
func (m *memory) wait() {
	if m.bubble {
		synctest.Wait()
		return
	}

	for m.asked.Load() > 0 || m.shadows() > 0 {
		select {
		case <-m.arrived:
		case <-m.ctx.Done():
			m.check(m.ctx.Err())
			return
		}
	}
}

// shadows counts the calls beside that are under way.
func (m *memory) shadows() (n int) {
	for _, s := range m.stages {
		n += s.calls.Shadows()
	}
	return n
}

// next delivers one record, if there is any, has a copy follow, or has a row looked at: the oldest, or
// one that is drawn.
func (m *memory) next() bool {
	records, copies, woken := m.undelivered(), m.copies.lagging(), m.woken()
	i := 0
	if n := len(records) + len(copies) + len(woken); n == 0 || m.err != nil {
		return false
	} else if m.rng != nil {
		i = m.rng.IntN(n)
	}

	switch {
	case i < len(records):
		m.deliver(records[i].s, records[i].msg)
	case i < len(records)+len(copies):
		m.copies.follow(copies[i-len(records)])
	default:
		m.look(woken[i-len(records)-len(copies)])
	}

	return true
}

// An arrival is a record at hand for a stage.
type arrival struct {
	s *memoryStage
	entry
}

// undelivered is the next record of each stage and topic, the oldest first.
func (m *memory) undelivered() (all []arrival) {
	for _, s := range m.stages {
		for _, topic := range s.s.Inputs {
			if at := s.positions[topic]; at < len(m.logs[topic]) {
				all = append(all, arrival{s, m.logs[topic][at]})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return a.seq - b.seq })

	return all
}

func (m *memory) deliver(s *memoryStage, msg stage.Message) {
	e, err := s.machine.Event(msg, s.row(msg.Key), m.copies)
	if err == nil {
		e, err = m.proceed(s, e)
	}

	if !m.check(err) {
		return
	}

	asks := len(e.Waiting) > 0
	if asks && (m.crashes(s, "before pending") || m.crashes(s, "after pending")) ||
		m.crashes(s, "before commit") {
		return // it is delivered again
	}

	s.positions[msg.Topic]++
	m.apply(s, msg.Key, e)
}

func (m *memory) proceed(s *memoryStage, e stage.Effects) (stage.Effects, error) {
	return s.machine.Proceed(e, s.calls, func(op string, seq int64) (*stage.Request, error) {
		return s.cells[cell{e.Key, op, seq}], nil
	}, m.copies)
}

// ask has the first head of a line asked for which there is a slot.
func (m *memory) ask() bool {
	for _, s := range m.stages {
		h, ok := s.calls.Next()
		if !ok || m.err != nil {
			continue
		}

		if !s.machine.HasTurn(h, s.row(h.Key), s.head(h.Key, h.Op)) {
			if h.Slot {
				s.calls.Release(h.Op)
			}
			return true
		}

		e, err := s.machine.Ask(h.Key, h.Op, s.row(h.Key), s.head(h.Key, h.Op), m.copies)
		if err == nil && h.Slot && len(e.Calls) == 0 {
			s.calls.Release(h.Op)
		}

		if err == nil {
			e, err = m.proceed(s, e)
		}

		if m.check(err) && !m.crashes(s, "before commit") {
			m.apply(s, h.Key, e)
		}

		return true
	}

	return false
}

func (s *memoryStage) row(key string) *stage.Row {
	if r := s.rows[key]; r != nil {
		return r
	}
	return &stage.Row{}
}

// head returns the first event of a queue; nil if it is empty.
func (s *memoryStage) head(key, op string) *stage.Request {
	return s.cells[cell{key, op, s.row(key).Queue(op).First}]
}

// apply makes effects durable, and makes their calls.
func (m *memory) apply(s *memoryStage, key string, e stage.Effects) {
	s.rows[key] = e.Row
	if e.Row.Bytes == nil && len(e.Row.Queues) == 0 {
		delete(s.rows, key)
	}

	if e.Changed && s.s.Table != "" {
		m.copies.changed(s.s.Table, key, e.Row)
	}

	if e.Changed && s.wakes != nil && !m.check(s.wakes.Row(key, e.Row)) {
		return
	}

	for _, c := range e.Waiting {
		s.cells[cell{key, c.Op, c.Seq}] = c.Request
		if c.Gone {
			delete(s.cells, cell{key, c.Op, c.Seq})
		}
	}

	for _, o := range s.recent.AddMissing(e.Outputs) {
		m.log(o.Message(murmur2.Partition(o.Key, partitions)), false)
	}

	if m.crashes(s, "after commit") {
		return
	}

	for _, op := range e.Heads {
		s.calls.Add(s.head(key, op).Head(key, op))
	}

	for _, w := range e.Parked {
		s.calls.Park(s.head(key, w.Op).Head(key, w.Op), w.Need)
	}

	for _, c := range e.Calls {
		if m.crashes(s, "before dispatch") {
			return
		}
		m.asked.Add(1)
		s.calls.Make(c)
		m.wait() // what it reads without waiting, it reads now

		if m.crashes(s, "after dispatch") {
			return
		}
	}
}

// answer settles one answer, if there is any.
func (m *memory) answer() bool {
	m.mu.Lock()
	if len(m.answers) == 0 || m.err != nil {
		m.mu.Unlock()
		return false
	}

	// Answers that came at the same moment are in no order of their own: give them one.
	slices.SortFunc(m.answers, func(a, b memoryAnswer) int {
		return cmp.Or(strings.Compare(a.Call.ID, b.Call.ID), strings.Compare(a.Call.By, b.Call.By))
	})

	i := 0
	if m.rng != nil {
		i = m.rng.IntN(len(m.answers))
	}

	a := m.answers[i]
	m.answers = slices.Delete(m.answers, i, i+1)
	m.mu.Unlock()

	if a.beside {
		e, err := a.s.machine.OnRecord(a.Answer, a.s.row(a.Call.Key))
		if m.check(err) {
			m.apply(a.s, a.Call.Key, e)
		}
		return true
	}

	if m.crashes(a.s, "before answer") || m.crashes(a.s, "after answer") || m.crashes(a.s, "before settle") {
		return true
	}

	key := a.Call.Key

	e, err := a.s.machine.Settle(a.Answer, a.s.row(key), a.s.head(key, a.Call.Op), m.copies)
	if err == nil {
		e, err = m.proceed(a.s, e)
	}

	if m.check(err) && !m.crashes(a.s, "after settle") && !m.crashes(a.s, "before commit") {
		m.apply(a.s, key, e)
	}

	return true
}
