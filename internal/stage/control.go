package stage

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// A Mode is what becomes of the events that wait for an operator.
type Mode string

const (
	Asking    Mode = "asking"     // the operator is asked
	Paused    Mode = "paused"     // they wait on, except for those whose deadline passes
	RulesOnly Mode = "rules-only" // GiveUp answers, and no call is made
)

// ParseMode reads a mode.
func ParseMode(text string) (Mode, error) {
	switch m := Mode(text); m {
	case Asking, Paused, RulesOnly:
		return m, nil
	}
	return "", fmt.Errorf("there is no mode %q of an operator: there are %s, %s and %s", text, Asking, Paused,
		RulesOnly)
}

// Control tells what the people who run the topology want of its operators.
type Control interface {
	// Mode returns the mode of an operator now, and a channel that is closed when a mode has changed. The
	// Calls whose mode it is must be told, too: see Calls.Wake.
	Mode(op *plan.Node) (m Mode, changed <-chan struct{})
}

// free is a Control that wants nothing.
type free struct{}

func (free) Mode(*plan.Node) (Mode, <-chan struct{}) { return Asking, nil }

// Modes are those of operators, by name. One that is not there is Asking. It is a Control, and safe for use
// by several goroutines.
type Modes struct {
	mu      sync.Mutex
	of      map[string]Mode
	changed chan struct{}
}

// NewModes returns the modes of operators that are all asked.
func NewModes() *Modes { return &Modes{of: map[string]Mode{}, changed: make(chan struct{})} }

// Set sets the mode of an operator, and reports whether it was another one.
func (m *Modes) Set(operator string, mode Mode) (was bool) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if m.of[operator] == mode {
		return false
	}
	m.of[operator] = mode
	m.signal()

	return true
}

// Signal closes the channel that Mode has returned: what wraps the modes may have changed.
func (m *Modes) Signal() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.signal()
}

func (m *Modes) signal() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// Mode implements Control. An operator that has a new name has the mode of a former name until its own is
// set.
func (m *Modes) Mode(op *plan.Node) (Mode, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()

	for _, name := range append([]string{op.Name}, op.Async.Was...) {
		if mode, ok := m.of[name]; ok {
			return mode, m.changed
		}
	}

	return Asking, m.changed
}

// ErrRulesOnly is the cause of a call that is not made because the operator's mode is RulesOnly.
var ErrRulesOnly = errors.New("no model is asked: its mode is " + string(RulesOnly))

// permit waits until a call may be made, and returns why it may not. The mode is looked at last, right
// before the call. A call whose deadline passes meanwhile may be made: it ends at once.
func (c *Calls) permit(call Call) error {
	var late <-chan time.Time
	if !call.deadline.IsZero() {
		t := time.NewTimer(time.Until(call.deadline))
		defer t.Stop()
		late = t.C
	}

	for {
		if err := c.o.Lease(c.waiting); err != nil {
			return err
		}

		mode, changed := c.o.Control.Mode(call.op)
		switch {
		case mode == Asking || testhook.IsOff(testhook.ModeAtCall):
			return c.waiting.Err()
		case mode == RulesOnly:
			return ErrRulesOnly
		}

		select {
		case <-changed:
		case <-late:
			return nil
		case <-c.waiting.Done():
			return errUnasked
		}
	}
}

// answerOf is the answer of a call that may not be made, if it has one. Without a lease this worker has lost
// the key: its new owner asks.
func answerOf(call Call, why error) (a Answer, ok bool) {
	switch {
	case errors.Is(why, ErrRulesOnly):
		return Answer{Call: call, Err: fmt.Errorf("operator %s: %w", call.Op, why)}, true
	case errors.Is(why, errUnasked):
		return Answer{Call: call, Err: why, Unasked: true}, true
	}
	return Answer{}, false
}

// Wake is to be called when a mode has changed.
func (c *Calls) Wake() { c.o.Ready() }
