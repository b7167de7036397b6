package worker

import (
	"fmt"
	"sync"
)

// A crash kills the process at a phase, if it is armed.
type crash struct {
	die func() // does not return

	mu    sync.Mutex // guards what follows
	phase string
	left  int // passings before it
}

// arm sets the phase, and at which passing of it the process dies, from 1.
func (c *crash) arm(phase string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase, c.left = phase, n
}

// pass is called by the engine at each phase of each stage.
func (c *crash) pass(stage, phase string) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.phase == "" || phase != c.phase {
		return nil
	}

	c.left--
	if c.left <= 0 {
		fmt.Println(LineCrash, phase, "of", stage)
		c.die()
	}

	return nil
}
