package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/slipstream-go/slipstream/airline/simulate"
)

// A progressView prints how a demo goes: a line whenever something has moved, at most once a second, and
// before it some of the latest decisions.
type progressView struct {
	w    io.Writer
	last snapshot
}

// A snapshot is a replay's progress, and the calls of the model that are under way.
type snapshot struct {
	simulate.Progress
	Calls int64
}

// keepShowing prints until ctx ends, and then once more.
func (v *progressView) keepShowing(ctx context.Context, now func() snapshot) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()

	for {
		v.show(now())

		select {
		case <-tick.C:
		case <-ctx.Done():
			v.show(now())
			return
		}
	}
}

// maxShown bounds how many decisions are printed at once.
const maxShown = 3

func (v *progressView) show(s snapshot) {
	if s.Decisions == v.last.Decisions && s.Time.Equal(v.last.Time) && s.pace() == v.last.pace() {
		return
	}

	fresh := min(s.Decisions-v.last.Decisions, maxShown, len(s.Latest))
	for _, d := range s.Latest[len(s.Latest)-fresh:] {
		fmt.Fprintf(v.w, "  %s\n", d)
	}
	fmt.Fprintln(v.w, s)
	v.last = s
}

func (s snapshot) String() string {
	return fmt.Sprintf("%s  %3.0f %% of the day · %d parties affected · %d decisions · %d of %d seat requests refused · "+
		"%d outstanding · %d model calls%s",
		clock(s.Time), 100*s.Done, s.Affected, s.Decisions, s.Refused, s.Requests, s.Outstanding, s.Calls, s.pace())
}

// pace tells why the day does not pass as usual.
func (s snapshot) pace() string {
	switch {
	case s.Paused:
		return " · the day stands still until ctrl-C"
	case s.Talking:
		return " · somebody is talking: the day passes in real time"
	}
	return ""
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "--:--"
	}
	return t.Format("15:04")
}
