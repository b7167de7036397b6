package topologytest

import (
	"maps"
	"slices"

	"github.com/slipstream-go/slipstream/internal/stage"
)

// index has what the rows of a stage wait for known, anew after a crash.
func (m *memory) index(s *memoryStage) {
	if s.wakes != nil {
		s.wakes.Close()
	}

	if !s.machine.HasWake() {
		return
	}
	s.wakes = stage.NewWakes(s.machine, m.copies, 0, m.signal)

	for _, key := range slices.Sorted(maps.Keys(s.rows)) {
		if !m.check(s.wakes.Row(key, s.rows[key])) {
			return
		}
	}
}

// followed is told of a row that a copy has now.
func (m *memory) followed(table, key string) {
	for _, s := range m.stages {
		if s.wakes != nil {
			s.wakes.Changed(table, key)
		}
	}
}

// woken are the stages that have rows which are to be looked at.
func (m *memory) woken() (stages []*memoryStage) {
	for _, s := range m.stages {
		if s.wakes != nil && s.wakes.Len() > 0 {
			stages = append(stages, s)
		}
	}
	return stages
}

// look has the next such row of a stage looked at.
func (m *memory) look(s *memoryStage) {
	key, sure, ok := s.wakes.Next()
	if !ok {
		return
	}

	e, err := s.machine.Wake(key, s.row(key), m.copies, sure)
	if err == nil && !e.Ignored {
		e, err = m.proceed(s, e)
	}

	if !m.check(err) || e.Ignored || m.crashes(s, "before commit") {
		return // after a crash it is woken again
	}
	m.apply(s, key, e)
}
