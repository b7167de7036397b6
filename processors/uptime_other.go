//go:build !linux

package processors

import "time"

var started = time.Now()

// uptime is the time since the process started. It may not count suspension of the machine: a worker on a laptop that
// slept makes calls that its successor has made, but their answers are fenced like any other's.
func uptime() time.Duration { return time.Since(started) }
