package topologytest

import "time"

// Layouts of CLOCK, the time of day alone last.
var (
	dates = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
		"2006-01-02"}
	clocks = []string{"15:04:05", "15:04"}
	dayOne = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where a bubble of synctest starts, too
)

func (s *Script) readAt(st step) (action, error) {
	for _, layout := range dates {
		if at, err := time.Parse(layout, st.args.s); err == nil {
			return func() error { s.clock = at; return nil }, nil
		}
	}

	for _, layout := range clocks {
		if at, err := time.Parse(layout, st.args.s); err == nil {
			return func() error { s.clock = sameDay(s.clock, at); return nil }, nil
		}
	}

	return nil, st.args.errorf(0, "at takes a time such as 14:05 or 2013-03-08T14:05Z, not %q", st.args.s)
}

func sameDay(day, clock time.Time) time.Time {
	if day.IsZero() {
		day = dayOne
	}
	y, m, d := day.Date()
	return time.Date(y, m, d, clock.Hour(), clock.Minute(), clock.Second(), 0, day.Location())
}

func (s *Script) readAdvance(st step) (action, error) {
	d, err := time.ParseDuration(st.args.s)
	if err != nil || d <= 0 {
		return nil, st.args.errorf(0, "advance takes a time such as 75ms or 3h, not %q", st.args.s)
	}

	return func() error {
		s.engine.Advance(d)

		if !s.clock.IsZero() {
			s.clock = s.clock.Add(d)
		}
		return nil
	}, nil
}
