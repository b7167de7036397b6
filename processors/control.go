package processors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/topology"
)

// # Control
//
// People set the modes of a topology's operators by records on the topic <topology>.control: keys are
// operators, values an OperatorMode. What a candidate does is under the operator's name with "/canary" or
// "/shadow", so that it outlasts a pause, and two who set one of each at a time do not undo what the other
// has set. The topic is compacted, and has one partition. Each worker reads it before its stages run, and
// then four times a second. A call is made only while the worker has read all of it a short time ago, by the
// same measure as a lease: a worker that is cut off makes no calls, since it may have been told to make none.

// A Mode is what becomes of the events that wait for an operator.
type Mode = stage.Mode

// The modes of an operator.
const (
	Asking    = stage.Asking    // it is asked; so it is unless a mode is set
	Paused    = stage.Paused    // they wait on, except for those whose deadline passes
	RulesOnly = stage.RulesOnly // its GiveUp answers, and no call is made
	Canary    = stage.Canary    // beside these: a candidate is asked in its place, for a share of the keys
	Shadow    = stage.Shadow    // beside these: a candidate is asked beside it, on record only
)

// An OperatorMode is the mode of an operator, or what a candidate of it does, and why somebody has set it.
// See package rollout for candidates.
type OperatorMode struct {
	Operator  string    `json:"-"`
	Mode      Mode      `json:"mode"`
	Candidate string    `json:"candidate,omitempty"` // of Canary and Shadow
	Share     float64   `json:"share,omitempty"`     // of Canary and Shadow: of the keys, from 0 to 1
	Why       string    `json:"why,omitempty"`
	Since     time.Time `json:"-"`
}

// ParseMode reads a mode as scripts write it: asking, paused, rules-only, "canary NAME SHARE", "promote
// NAME", which is a canary of all keys, "roll-back", which is one of none, "shadow NAME" or "shadow NAME
// SHARE".
func ParseMode(words string) (OperatorMode, error) {
	s, err := stage.ParseSetting(words)
	return OperatorMode{Mode: s.Mode, Candidate: s.Candidate, Share: s.Share}, err
}

func (m OperatorMode) setting() stage.Setting {
	return stage.Setting{Mode: m.Mode, Candidate: m.Candidate, Share: m.Share}
}

// SetMode is SetOperator for a mode without a candidate. why is for people, and may be empty.
func (k *Client) SetMode(ctx context.Context, topologyName, operator string, mode Mode, why string) error {
	return k.SetOperator(ctx, topologyName, OperatorMode{Operator: operator, Mode: mode, Why: why})
}

// SetOperator sets the mode of an operator of a topology, or what a candidate of it does, for all of its
// workers, also for those that start later. It takes the place of what was set before of its kind: a Canary
// is one kind, a Shadow another, all other modes a third. Since is not used.
//
// Within a second of its return workers begin no more calls that it forbids, and ask whom it names; calls
// under way go on. A worker that is cut off from the brokers begins none after half of its SessionTimeout.
// Which keys a share has depends on key and candidate alone, and a larger share has those of a smaller one. A
// worker whose topology lacks the candidate asks the operator itself, and warns.
func (k *Client) SetOperator(ctx context.Context, topologyName string, m OperatorMode) error {
	if err := m.setting().Check(); err != nil {
		return fmt.Errorf("processors: %w", err)
	}

	if m.Operator == "" {
		return errors.New("processors: the mode of which operator?")
	}

	m.Why = strings.ToValidUTF8(m.Why, "\ufffd")
	topic := topology.Topic[string, OperatorMode](plan.ControlOf(topologyName))

	return Send(ctx, k, topic, m.key(), m)
}

// key is that of the mode's record.
func (m OperatorMode) key() string {
	if kind := m.setting().Kind(); kind != Asking {
		return m.Operator + "/" + string(kind)
	}
	return m.Operator
}

// Modes returns the modes that were set, by operator: of each at most one that is neither Canary nor Shadow,
// and one of each of these, which may have a Share of 0. Operators without one are Asking.
func (k *Client) Modes(ctx context.Context, topologyName string) ([]OperatorMode, error) {
	set := map[string]OperatorMode{}
	for r, err := range k.Follow(ctx, plan.ControlOf(topologyName), allSoFar) {
		if err != nil {
			return nil, err
		}

		if m, err := readMode(r); err == nil {
			set[m.key()] = m
		}
	}

	return sortedModes(set), ctx.Err()
}

func sortedModes(set map[string]OperatorMode) (all []OperatorMode) {
	for _, key := range slices.Sorted(maps.Keys(set)) {
		all = append(all, set[key])
	}
	return all
}

// readMode reads a record of a control topic. One that was deleted is Asking, or of no candidate.
func readMode(r topology.Record) (OperatorMode, error) {
	operator, kind, ok := strings.Cut(r.Key, "/")
	m := OperatorMode{Operator: operator, Mode: Mode(kind), Since: r.Time}
	if !ok {
		m.Mode = Asking
	}

	if r.Tombstone {
		return m, m.setting().Check()
	}

	err := json.Unmarshal(r.Value, &m)
	if err == nil {
		err = m.setting().Check()
	}

	if err == nil && m.key() != r.Key {
		err = fmt.Errorf("mode %s has the key %q", m.Mode, r.Key)
	}

	return m, err
}

// A control follows the control topic of a topology. It is the stage.Control of its stages.
type control struct {
	w     *Worker
	plan  *plan.Plan
	topic string
	modes *stage.Modes

	complete chan struct{} // closed when all was read for the first time
	first    sync.Once     // closes complete

	mu   sync.Mutex // guards what follows
	next int64      // the offset to read from
	asOf time.Duration
	set  map[string]OperatorMode
}

const (
	controlEvery = 250 * time.Millisecond
	// controlTrouble is how long a control can't be read until stages tell of it.
	controlTrouble = 5 * time.Second
)

func newControl(w *Worker, p *plan.Plan) *control {
	return &control{
		w:        w,
		plan:     p,
		topic:    plan.ControlOf(p.Name),
		modes:    stage.NewModes(),
		complete: make(chan struct{}),
		asOf:     uptime(),
		set:      map[string]OperatorMode{},
	}
}

// Deciders implements stage.Control.
func (c *control) Deciders(op *plan.Node, key string) stage.Deciders {
	return c.modes.Deciders(op, key)
}

// Mode implements stage.Control.
func (c *control) Mode(op *plan.Node) (stage.Mode, <-chan struct{}) {
	mode, changed := c.modes.Mode(op)
	if !c.isFresh() {
		mode = Paused
	}
	return mode, changed
}

// age is how long ago all of the topic was known.
func (c *control) age() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return uptime() - c.asOf
}

func (c *control) isFresh() bool {
	return c.age() < c.w.c.SessionTimeout/2 || testhook.IsOff(testhook.FreshModes)
}

// run reads until ctx ends.
func (c *control) run(ctx context.Context) error {
	var last string // error that was told

	for {
		was := c.isFresh()
		changed, err := c.read()
		c.tell(ctx, err, &last)

		if is := c.isFresh(); changed || is != was {
			c.modes.Signal()
			c.wake()
		}

		select {
		case <-time.After(controlEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

// tell has the stages know that the topic can't be read, and why.
func (c *control) tell(ctx context.Context, err error, last *string) {
	reason := ""
	if err != nil && c.age() > controlTrouble {
		reason = "no model is asked, since the modes of operators can't be read: " + err.Error()
	}

	if reason == *last || ctx.Err() != nil {
		return
	}
	*last = reason

	for _, s := range c.w.runners {
		if s.plan == c.plan && s.stage.Waits {
			s.health.mu.Lock()
			s.health.modeless = reason
			s.health.mu.Unlock()
		}
	}
}

// wake has the calls of all stages look at the modes again.
func (c *control) wake() {
	for _, s := range c.w.runners {
		in := s.current.Load()
		if in == nil || s.plan != c.plan {
			continue
		}

		if x := in.session.Load(); x != nil {
			x.calls.Wake()
		}
	}
}

// read reads what is new. It reports whether a mode has changed.
func (c *control) read() (changed bool, err error) {
	for {
		began := uptime()

		b, err := fetch(c.w.client_, c.topic, 0, c.next)
		if errors.Is(err, sarama.ErrOffsetOutOfRange) { // it was deleted and made again
			c.next, err = c.w.client_.GetOffset(c.topic, 0, sarama.OffsetOldest)
			if err != nil {
				return changed, err
			}
			continue
		}

		if err != nil {
			return changed, err
		}

		next, records := visible(b, c.topic, 0, c.next)
		for _, r := range records {
			changed = c.take(r) || changed
		}

		if next == c.next { // that was all
			c.mu.Lock()
			c.asOf = began
			c.mu.Unlock()
			c.first.Do(func() { close(c.complete) })

			return changed, nil
		}
		c.next = next
	}
}

// take obeys a record, and tells of it. It reports whether a mode has changed.
func (c *control) take(r topology.Record) bool {
	m, err := readMode(r)
	log := c.w.c.Logger.With("topology", c.plan.Name, "operator", m.Operator)

	switch {
	case err != nil:
		log.Error("a mode can't be read: the one before stays", "offset", r.Offset, "err", err)
		return false
	case !c.plan.HasOperator(m.Operator):
		log.Warn("a mode is set of an operator that the topology has not", "mode", m.Mode)
	case m.Share > 0 && !c.plan.HasCandidate(m.Operator, m.Candidate):
		log.Warn("a candidate is set that the operator has not: the operator itself is asked", "mode", m.Mode,
			"candidate", m.Candidate)
	}

	c.mu.Lock()
	c.set[m.key()] = m
	c.mu.Unlock()

	changed := c.modes.Set(m.Operator, m.setting())
	if changed {
		log.Info("operator's mode", "mode", m.Mode, "candidate", m.Candidate, "share", m.Share, "why", m.Why,
			"since", m.Since)
	}

	return changed
}

// Modes returns the modes by which the worker goes: those that were set, by operator.
func (w *Worker) Modes(topologyName string) []OperatorMode {
	for p, c := range w.controls {
		if p.Name == topologyName {
			c.mu.Lock()
			defer c.mu.Unlock()
			return sortedModes(c.set)
		}
	}
	return nil
}
