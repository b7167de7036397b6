package topologytest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Fault implements Engine.
func (m *memory) Fault(what string) error {
	switch step, crash := strings.CutPrefix(what, "crash"); {
	case what == "crash" || what == "rebalance":
		m.restart()
		m.settle()
	case crash && crashPoint(strings.TrimSpace(step)):
		var err error
		m.armed, err = ParseCrash(strings.TrimSpace(step))
		return err
	default:
		return fmt.Errorf("the memory engine has no fault %q", what)
	}

	return nil
}

func crashPoint(s string) bool {
	when, step, _ := strings.Cut(s, " ")
	step, _, _ = strings.Cut(step, " in ")
	return (when == "before" || when == "after") &&
		slices.Contains([]string{"pending", "commit", "dispatch", "answer", "settle"}, step)
}

// crashes reports whether the worker crashes here, and if so, has it come back.
func (m *memory) crashes(s *memoryStage, here string) bool {
	if !m.armed.Passes(s.s.Name, here) {
		return false
	}
	m.armed = Crash{}
	m.restart()
	return true
}

// restart is a worker that comes back: rows and logs are there, calls and answers are gone.
func (m *memory) restart() {
	m.mu.Lock()
	for _, s := range m.stages {
		s.stop()
	}
	m.answers = nil
	m.asked.Store(0)
	m.mu.Unlock()

	for _, s := range m.stages {
		m.hire(s)

		for _, key := range slices.Sorted(maps.Keys(s.rows)) {
			s.rows[key] = s.rows[key].WithoutCalls()
			for _, q := range s.rows[key].Queues {
				s.calls.Add(s.head(key, q.Op).Head(key, q.Op))
			}
		}
	}
}
