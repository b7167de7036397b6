package stage

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// A Mode is what becomes of the events that wait for an operator, or what a candidate of it does.
type Mode string

// The modes. An operator has one of the first three, and may have a Canary and a Shadow beside.
const (
	Asking    Mode = "asking"     // the operator is asked
	Paused    Mode = "paused"     // they wait on, except for those whose deadline passes
	RulesOnly Mode = "rules-only" // GiveUp answers, and no call is made
	Canary    Mode = "canary"     // a candidate is asked in place of the operator, for a share of the keys
	Shadow    Mode = "shadow"     // a candidate is asked beside, on record only, for a share of the keys
)

// A Setting is what people have set of an operator.
type Setting struct {
	Mode      Mode
	Candidate string  // of Canary and Shadow
	Share     float64 // of Canary and Shadow: of the keys, from 0 to 1
}

// ParseSetting reads a setting as people write it: a mode, "canary NAME SHARE", "shadow NAME", "shadow NAME
// SHARE", "promote NAME" or "roll-back".
func ParseSetting(words string) (s Setting, err error) {
	args := strings.Fields(words)
	share := 1.0
	if n := len(args); n == 3 {
		if share, err = strconv.ParseFloat(args[2], 64); err != nil {
			return s, fmt.Errorf("%q is no share of the keys, such as 0.1", args[2])
		}
	}

	switch n := len(args); {
	case n == 1 && args[0] == "roll-back":
		s = Setting{Mode: Canary}
	case n == 1 && args[0] != string(Canary) && args[0] != string(Shadow):
		s = Setting{Mode: Mode(args[0])}
	case n == 2 && args[0] == "promote":
		s = Setting{Mode: Canary, Candidate: args[1], Share: 1}
	case n == 3 && args[0] == string(Canary), (n == 2 || n == 3) && args[0] == string(Shadow):
		s = Setting{Mode: Mode(args[0]), Candidate: args[1], Share: share}
	default:
		return s, fmt.Errorf("there is no %q of an operator: there are %s, %s, %s, canary NAME SHARE, "+
			"promote NAME, roll-back, and shadow NAME", words, Asking, Paused, RulesOnly)
	}

	return s, s.Check()
}

// Check returns what is wrong with a setting, or nil.
func (s Setting) Check() error {
	switch s.Mode {
	case Asking, Paused, RulesOnly:
		return nil
	case Canary, Shadow:
	default:
		return fmt.Errorf("there is no mode %q of an operator: there are %s, %s, %s, %s and %s",
			s.Mode, Asking, Paused, RulesOnly, Canary, Shadow)
	}

	switch {
	case !(s.Share >= 0 && s.Share <= 1): // not NaN either
		return fmt.Errorf("a share of the keys is from 0 to 1, not %v", s.Share)
	case s.Share > 0 && s.Candidate == "":
		return fmt.Errorf("%s: which candidate?", s.Mode)
	}

	return nil
}

// Kind is Asking, Canary or Shadow. A setting takes the place of the one before of its kind.
func (s Setting) Kind() Mode {
	if s.Mode == Paused || s.Mode == RulesOnly {
		return Asking
	}
	return s.Mode
}

// covers reports whether the setting is for a key, and its candidate one that the operator has.
func (s Setting) covers(op *plan.Node, key string) bool {
	_, known := op.Async.Candidates[s.Candidate]
	return known && standing(s.Candidate, key) < s.Share
}

// standing is where a key stands among all keys for a candidate, from 0 to less than 1. It is the same in
// each worker and at all times, so a key that is in a share is in each larger one.
func standing(candidate, key string) float64 {
	if testhook.IsOff(testhook.StableShare) {
		return float64(time.Now().UnixNano()%1000) / 1000
	}

	sum := sha256.Sum256([]byte(candidate + "\x00" + key))
	const bits = 53 // of a float64

	return float64(binary.BigEndian.Uint64(sum[:])>>(64-bits)) / (1 << bits)
}

// Deciders are asked about one key: names of candidates, "" is the operator itself.
type Deciders struct {
	Decides string
	Beside  *string // on record only; nil: nobody is
}

// Control tells what the people who run the topology want of its operators.
type Control interface {
	// Mode returns the mode of an operator now, and a channel that is closed when a mode has changed. The
	// Calls whose mode it is must be told, too: see Calls.Wake.
	Mode(op *plan.Node) (m Mode, changed <-chan struct{})
	// Deciders returns who is asked about a key.
	Deciders(op *plan.Node, key string) Deciders
}

// free is a Control that wants nothing.
type free struct{}

func (free) Mode(*plan.Node) (Mode, <-chan struct{}) { return Asking, nil }
func (free) Deciders(*plan.Node, string) Deciders    { return Deciders{} }

// Modes are the settings of operators, by name. An operator without one is Asking, and decides alone. It is a
// Control, and safe for use by several goroutines.
type Modes struct {
	mu      sync.Mutex
	of      map[settingOf]Setting
	changed chan struct{}
}

// A settingOf is what a setting is set of.
type settingOf struct {
	operator string
	kind     Mode
}

// NewModes returns the modes of operators that are all asked.
func NewModes() *Modes { return &Modes{of: map[settingOf]Setting{}, changed: make(chan struct{})} }

// Set sets something of an operator, and reports whether it was set otherwise.
func (m *Modes) Set(operator string, s Setting) (was bool) {
	m.mu.Lock()
	defer m.mu.Unlock()

	at := settingOf{operator, s.Kind()}
	if m.of[at] == s {
		return false
	}
	m.of[at] = s
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

// get returns a setting of an operator. One that has a new name has the setting of a former name until its
// own is set. The lock is held.
func (m *Modes) get(op *plan.Node, kind Mode) (s Setting, ok bool) {
	for _, name := range append([]string{op.Name}, op.Async.Was...) {
		if s, ok = m.of[settingOf{name, kind}]; ok {
			return s, true
		}
	}
	return Setting{Mode: kind}, false
}

// Mode implements Control.
func (m *Modes) Mode(op *plan.Node) (Mode, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()

	s, _ := m.get(op, Asking)
	return s.Mode, m.changed
}

// Deciders implements Control. If the candidate beside decides itself, the operator is asked beside.
func (m *Modes) Deciders(op *plan.Node, key string) (d Deciders) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if s, ok := m.get(op, Canary); ok && s.covers(op, key) {
		d.Decides = s.Candidate
	}

	if s, ok := m.get(op, Shadow); ok && s.covers(op, key) {
		other := s.Candidate
		if other == d.Decides {
			other = ""
		}
		d.Beside = &other
	}

	return d
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

		if call.isGone() {
			return ErrSuperseded
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
		case <-call.gone():
			return ErrSuperseded
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
	case errors.Is(why, ErrSuperseded):
		return Answer{Call: call, Err: why}, true
	case errors.Is(why, errUnasked):
		return Answer{Call: call, Err: why, Unasked: true}, true
	}
	return Answer{}, false
}

// Wake is to be called when a mode has changed.
func (c *Calls) Wake() {
	if c.parking != nil {
		c.parking.lookAgain()
	}
	c.o.Ready()
}
