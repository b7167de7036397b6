// Package progress tells people how far something is that takes long.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// A Func takes a line for people. What changes comes as lines that begin alike, up to their first colon.
type Func func(line string)

const barWidth = 20

// Meter returns a function that reports bytes done of a total: whenever another twentieth is done, but at
// most twice a second. A new total starts again.
func (f Func) Meter(what string) func(done, total int64) {
	var shown, begun time.Time
	step, of := int64(-1), int64(0)

	return func(done, total int64) {
		if total <= 0 {
			return
		}

		if total != of {
			step, of, begun = -1, total, time.Now()
		}

		now := min(done, total) * barWidth / total
		if now > step && (time.Since(shown) > time.Second/2 || done == total) {
			step, shown = now, time.Now()
			f(fmt.Sprintf("%s: %s %d of %d MB, %.0f s", what, bar(int(now)), megabytes(done),
				megabytes(total), time.Since(begun).Seconds()))
		}
	}
}

func megabytes(n int64) int64 { return (n + 500_000) / 1_000_000 }

func bar(full int) string {
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "]"
}

// Ticking says a line now and then while something takes long, until the returned function is called.
func (f Func) Ticking(every time.Duration, line func(passed time.Duration) string) (stop func()) {
	begun, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)

		t := time.NewTicker(every)
		defer t.Stop()

		for {
			select {
			case <-t.C:
				f(line(time.Since(begun)))
			case <-done:
				return
			}
		}
	}()

	return func() { close(done); <-ended }
}

// Lines prints to w. On a terminal, a line takes the place of the one before if they begin alike.
func Lines(w io.Writer) Func {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return func(line string) { fmt.Fprintln(w, line) }
	}

	var before string
	return func(line string) {
		what, _, changes := strings.Cut(line, ":")
		if changes && what == before {
			fmt.Fprint(w, "\x1b[1A\x1b[2K") // up, and clear
		}
		before = what
		fmt.Fprintln(w, line)
	}
}
