//go:build !linux

package processors

import "time"

var started = time.Now()

// uptime is the time since the process started. It may not count the time for which the machine was
// suspended. A worker on a laptop that has slept may then make calls that its successor has made, too, but
// their answers are fenced as any are.
func uptime() time.Duration { return time.Since(started) }
