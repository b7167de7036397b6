package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"golang.org/x/term"
)

// A view shows a standing, again and again.
type view interface {
	every() time.Duration
	show(s standing)
	end() // leaves what was shown last
}

// newView draws on a terminal, and prints lines elsewhere.
func newView(w io.Writer) view {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &block{w: w, size: func() (int, int) { return size(f) }}
	}
	return &plain{w: w}
}

func size(f *os.File) (width, height int) {
	width, height, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 1 || height < 1 { // some terminals don't know
		return 80, 24
	}
	return width, height
}

// keepShowing shows until ctx ends, and then once more.
func keepShowing(ctx context.Context, v view, now func() standing) {
	tick := time.NewTicker(v.every())
	defer tick.Stop()
	for {
		v.show(now())
		select {
		case <-tick.C:
		case <-ctx.Done():
			v.show(now())
			v.end()
			return
		}
	}
}

// A plain view prints a line when something has moved, and the latest decisions.
type plain struct {
	w    io.Writer
	last standing
}

func (p *plain) every() time.Duration { return time.Second }
func (p *plain) end()                 {}

// latest is how many decisions a plain view prints of those since it last did.
const latest = 3

func (p *plain) show(s standing) {
	if s.Decisions == p.last.Decisions && s.Now.Equal(p.last.Now) && s.pace() == p.last.pace() {
		return
	}
	fresh := min(s.Decisions-p.last.Decisions, latest, len(s.Latest))
	for _, d := range s.Latest[len(s.Latest)-fresh:] {
		fmt.Fprintf(p.w, "  %s\n", d)
	}
	fmt.Fprintln(p.w, s.line())
	p.last = s
}

func (s standing) line() string {
	return fmt.Sprintf("%s  %3.0f %% of the day · %d affected · %d decided · %d of %d seat requests refused · %d open · %d calls in flight%s",
		clock(s.Now), 100*s.Done, s.Affected, s.Decisions, s.Refused, s.Requests, s.Open, s.Calls, s.pace())
}

// pace says why the clock doesn't run as usual.
func (s standing) pace() string {
	switch {
	case s.Paused:
		return " · the day stands still, until ctrl-C"
	case s.Talk:
		return " · somebody talks: the clock runs as ours"
	}
	return ""
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "--:--"
	}
	return t.Format("15:04")
}

// A block is drawn over what it drew before.
type block struct {
	w     io.Writer
	size  func() (width, height int)
	lines int // drawn before
	rate  meter
}

func (b *block) every() time.Duration { return 200 * time.Millisecond }
func (b *block) end()                 {}

func (b *block) show(s standing) {
	width, height := b.size()
	perSecond := b.rate.add(time.Now(), s.Decisions)
	lines := append(s.picture(width, perSecond), s.Latest...)
	lines = lines[:min(len(lines), max(1, height-1))]
	var out strings.Builder
	if b.lines > 0 {
		fmt.Fprintf(&out, "\x1b[%dA", b.lines)
	}
	out.WriteString("\r\x1b[J") // to the end of the screen
	for _, l := range lines {
		out.WriteString(cut(l, width-1) + "\n")
	}
	b.lines = len(lines)
	_, _ = io.WriteString(b.w, out.String()) // a terminal that has gone is no reason to stop
}

// picture is the block without the decisions.
func (s standing) picture(width int, perSecond float64) []string {
	const around = len("15:04 ||  100 %")
	bar := max(10, min(60, width-around-1))
	done := int(s.Done * float64(bar))
	var how []string
	for _, o := range sortedKeys(s.Outcomes) {
		how = append(how, fmt.Sprintf("%d %s", s.Outcomes[o], o))
	}
	return []string{
		fmt.Sprintf("%s |%s%s| %3.0f %%", clock(s.Now), strings.Repeat("█", done), strings.Repeat("·", bar-done), 100*s.Done),
		fmt.Sprintf("%d affected · %d decided (%.1f/s) · %d open · %d calls in flight", s.Affected, s.Decisions, perSecond, s.Open, s.Calls),
		fmt.Sprintf("%s · %d of %d seat requests refused%s", strings.Join(how, ", "), s.Refused, s.Requests, s.pace()),
	}
}

// cut shortens a line to what a terminal shows of it.
func cut(line string, width int) string {
	if width <= 0 {
		return line
	}
	return llm.Truncate(line, width)
}

// A meter tells how fast a count has grown in the last seconds.
type meter struct {
	at []time.Time
	n  []int
}

const window = 5 * time.Second

func (m *meter) add(now time.Time, n int) (perSecond float64) {
	m.at, m.n = append(m.at, now), append(m.n, n)
	for len(m.at) > 2 && now.Sub(m.at[0]) > window {
		m.at, m.n = m.at[1:], m.n[1:]
	}
	if passed := now.Sub(m.at[0]).Seconds(); passed > 0 {
		return float64(n-m.n[0]) / passed
	}
	return 0
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
