package topologytest

import "sync"

// Within a bubble of testing/synctest time stands still, so a step that reads the clock would get the same
// time twice. A goroutine that is in no bubble has the real clock; its channels are of no bubble either.
var outside struct {
	sync.Mutex // held while it runs something
	run        chan func()
	done       chan struct{}
}

func init() {
	outside.run, outside.done = make(chan func()), make(chan struct{})

	go func() {
		for f := range outside.run {
			finished := make(chan struct{})
			go func() {
				defer close(finished) // also if f ends its goroutine
				f()
			}()
			<-finished
			outside.done <- struct{}{}
		}
	}()
}

// inRealClock runs f by the real clock, and returns when it has ended.
func inRealClock(f func()) {
	outside.Lock()
	defer outside.Unlock()

	outside.run <- f
	<-outside.done
}
