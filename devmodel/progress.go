package devmodel

import (
	"fmt"
	"time"
)

// meter returns a function that reports bytes done of a total: whenever another twentieth is done, but at
// most twice a second. A new total starts again.
func (c Config) meter(what string) func(done, total int64) {
	var shown time.Time
	step, of := int64(-1), int64(0)

	return func(done, total int64) {
		if total <= 0 {
			return
		}

		if total != of {
			step, of = -1, total
		}

		if now := done * 20 / total; now > step && (time.Since(shown) > time.Second/2 || done == total) {
			step, shown = now, time.Now()
			c.Progress(fmt.Sprintf("%s: %3d %% of %d MB", what, done*100/total, (total+500_000)/1_000_000))
		}
	}
}

// ticking says a line now and then while something takes long, until the returned function is called.
func (c Config) ticking(every time.Duration, line func(passed time.Duration) string) (stop func()) {
	begun, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)

		t := time.NewTicker(every)
		defer t.Stop()

		for {
			select {
			case <-t.C:
				c.Progress(line(time.Since(begun).Round(time.Second)))
			case <-done:
				return
			}
		}
	}()

	return func() { close(done); <-ended }
}
