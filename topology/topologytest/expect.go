package topologytest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/internal/text"
	"github.com/slipstream-go/slipstream/topology"
)

func (s *Script) readExpect(st step) (action, error) {
	topic, rest, err := s.topic(st)
	if err != nil {
		return nil, err
	}

	anyOrder := rest.s == "in any order"
	if anyOrder {
		rest = rest.from(len(rest.s))
	}

	evs, err := st.events(rest)
	if err != nil {
		return nil, err
	}

	if err := wanted(st, evs); err != nil {
		return nil, err
	}

	if anyOrder {
		return func() error { return s.eventually(func() error { return s.expectAll(topic, evs) }) }, nil
	}

	return func() error {
		return each(evs, func(ev event) error { return s.eventually(func() error { return s.expect(topic, ev) }) })
	}, nil
}

// wanted refuses what makes sense only in another verb.
func wanted(st step, evs []event) error {
	for _, ev := range evs {
		switch {
		case ev.partition != nil:
			return st.args.errorf(0, "to partition is for send")
		case ev.value.none && st.verb.s != "row":
			return st.args.errorf(0, "none is a verb of its own: none TOPIC KEY")
		case ev.value.raw && st.verb.s == "row":
			return st.args.errorf(0, "a row is JSON, never raw")
		}
	}

	return nil
}

// expect takes the next event of the key. Order per key is a law, so if that is another one no later one can
// do.
func (s *Script) expect(topic string, ev event) error {
	for i, r := range s.take(topic) {
		if r.Key != ev.key {
			continue
		}

		if err := ev.value.match(r.Value); err != nil {
			return fmt.Errorf("%w%s", err, s.context(topic, i))
		}
		s.accept(topic, i)
		return nil
	}

	return notYet{fmt.Errorf("nothing came, wanted: %s%s", ev.value, s.context(topic, -1))}
}

// expectAll takes, at once, an event of its own for each line.
func (s *Script) expectAll(topic string, evs []event) error {
	came := s.take(topic)
	pairs := assign(len(evs), len(came), func(i, j int) bool {
		return evs[i].key == came[j].Key && evs[i].value.match(came[j].Value) == nil
	})
	if i := slices.Index(pairs, -1); i >= 0 {
		return notYet{lineError{evs[i].line, s.unmatched(topic, evs, pairs)}}
	}

	last := came[pairs[len(pairs)-1]]
	for _, j := range slices.Backward(slices.Sorted(slices.Values(pairs))) {
		s.accept(topic, j)
	}
	s.last = &last

	return nil
}

// unmatched tells which lines have no event, and of the first how the nearest differs.
func (s *Script) unmatched(topic string, evs []event, pairs []int) error {
	var b strings.Builder

	var missing []int
	for i, j := range pairs {
		if j < 0 {
			missing = append(missing, i)
		}
	}

	fmt.Fprintf(&b, "%d of %d came. Missing:", len(evs)-len(missing), len(evs))

	for _, i := range missing[:min(5, len(missing))] {
		fmt.Fprintf(&b, "\n  %s %s", evs[i].key, text.Truncate(evs[i].value.String(), 200))
	}

	for j, r := range s.arrived[topic] {
		if first := evs[missing[0]]; r.Key == first.key && !slices.Contains(pairs, j) {
			fmt.Fprintf(&b, "\nThe next of %s:\n%v", r.Key, first.value.match(r.Value))
			break
		}
	}

	return errors.New(b.String() + s.context(topic, -1))
}

func (s *Script) readNone(st step) (action, error) {
	topic, rest, err := s.topic(st)
	if err != nil {
		return nil, err
	}

	word, more := rest.cut()
	if more.s != "" || len(st.block) > 0 || repeat.MatchString(word.s) {
		return nil, rest.errorf(0, "none takes a topic and at most one key")
	}

	key, err := word.unquote()
	if err != nil {
		return nil, err
	}

	return func() error { return s.none(topic, key, word.s == "") }, nil
}

func (s *Script) none(topic, key string, anyKey bool) error {
	for i, r := range s.take(topic) {
		if anyKey || r.Key == key {
			return fmt.Errorf("came: %s%s", shown(r), s.context(topic, i))
		}
	}
	return nil
}

// leftOver is the rule that at the end a topic that was named must be empty.
func (s *Script) leftOver(script string) error {
	if err := s.settle(); err != nil {
		return fmt.Errorf("%s: at the end: %w", script, err)
	}

	var errs []error
	for _, topic := range slices.Sorted(maps.Keys(s.named)) {
		if n := len(s.take(topic)); n > 0 {
			errs = append(errs, fmt.Errorf("%s: at the end %s has events (%d) that were not expected:%s",
				script, topic, n, list(s.arrived[topic])))
		}
	}

	return errors.Join(errs...)
}

// take is what arrived on a topic, in order, and was not expected yet.
func (s *Script) take(topic string) []topology.Record {
	s.named[topic] = true
	return s.peek(topic)
}

func (s *Script) peek(topic string) []topology.Record {
	s.arrived[topic] = append(s.arrived[topic], s.engine.Sent(topic)...)
	return s.arrived[topic]
}

func (s *Script) accept(topic string, i int) {
	r := s.arrived[topic][i]
	s.last = &r
	s.arrived[topic] = slices.Delete(s.arrived[topic], i, i+1)
}

// context is what else helps to understand a failure: what came beside record i, and dead letters nobody
// expected.
func (s *Script) context(topic string, i int) string {
	var b strings.Builder

	others := slices.Clone(s.peek(topic))
	if i >= 0 {
		others = slices.Delete(others, i, i+1)
	}

	if len(others) > 0 {
		fmt.Fprintf(&b, "\nalso on %s, not expected yet:%s", topic, list(others))
	}

	if topic != s.dead && len(s.peek(s.dead)) > 0 {
		fmt.Fprintf(&b, "\ndead letters:%s", list(s.arrived[s.dead]))
	}

	return b.String()
}

func list(rs []topology.Record) string {
	var b strings.Builder
	for _, r := range rs[:min(5, len(rs))] {
		b.WriteString("\n  " + shown(r))
	}

	if n := len(rs) - 5; n > 0 {
		fmt.Fprintf(&b, "\n  … and %d more", n)
	}
	return b.String()
}

func shown(r topology.Record) string {
	s := r.Key + " " + text.Truncate(string(r.Value), 200)
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		if strings.Contains(name, "error") {
			s += fmt.Sprintf("  (%s: %s)", name, text.Truncate(r.Headers[name], 200))
		}
	}
	return s
}
