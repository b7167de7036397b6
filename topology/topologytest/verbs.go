package topologytest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/text"
)

// builtins are the verbs of the language, each with what reads its step. `only` is read by Run.
func builtins() map[string]func(*Script, step) (action, error) {
	return map[string]func(*Script, step) (action, error){
		"send":      (*Script).readSend,
		"expect":    (*Script).readExpect,
		"none":      (*Script).readNone,
		"row":       (*Script).readRow,
		"headers":   (*Script).readHeaders,
		"at":        (*Script).readAt,
		"advance":   (*Script).readAdvance,
		"committed": (*Script).readCommitted,
		"crash":     (*Script).readCrash,
		"rebalance": (*Script).readRebalance,
		"fault":     (*Script).readFault,
		"redrive":   (*Script).readRedrive,
		"dismiss":   (*Script).readDismiss,
		"mode":      (*Script).readMode,
	}
}

func (s *Script) readSend(st step) (action, error) {
	topic, rest, err := s.topic(st)
	if err != nil {
		return nil, err
	}

	evs, err := st.events(rest)
	if err != nil {
		return nil, err
	}

	for _, ev := range evs {
		if ev.value.none {
			return nil, st.args.errorf(0, "none can not be sent: null is a tombstone")
		}
	}

	return func() error { return each(evs, func(ev event) error { return s.send(topic, ev) }) }, nil
}

// each does each line; a failure says which.
func each(evs []event, do func(event) error) error {
	for _, ev := range evs {
		err := do(ev)
		switch {
		case err != nil && len(evs) > 1:
			return lineError{ev.line, fmt.Errorf("at %s:\n%w", ev.key, err)}
		case err != nil:
			return lineError{ev.line, err}
		}
	}

	return nil
}

// send lets what came before settle, save within a repetition: its events go out in one burst.
func (s *Script) send(topic string, ev event) error {
	if !ev.more {
		if err := s.settle(); err != nil {
			return err
		}
	}

	if ev.partition == nil && s.clock.IsZero() {
		return s.engine.Send(topic, ev.key, ev.value.bytes())
	}

	e, ok := s.engine.(Producer)
	if !ok {
		return s.lacks("topologytest.Producer")
	}

	return e.Produce(Message{
		Topic:     topic,
		Key:       ev.key,
		Value:     ev.value.bytes(),
		Time:      s.clock,
		Partition: ev.partition,
	})
}

func (s *Script) readRedrive(st step) (action, error) {
	return s.readLetters(st, func(reason string) (int, error) {
		e, ok := s.engine.(Redriver)
		if !ok {
			return 0, s.lacks("topologytest.Redriver")
		}
		return e.Redrive(s.tb.Context(), reason)
	})
}

func (s *Script) readDismiss(st step) (action, error) {
	return s.readLetters(st, func(reason string) (int, error) {
		e, ok := s.engine.(Dismisser)
		if !ok {
			return 0, s.lacks("topologytest.Dismisser")
		}
		return e.Dismiss(s.tb.Context(), reason)
	})
}

// readLetters reads a step that ends dead letters by their reason, and returns how many.
func (s *Script) readLetters(st step, end func(reason string) (int, error)) (action, error) {
	number, rest := st.args.cut()
	want, err := strconv.Atoi(number.s)
	if err != nil || want < 1 {
		return nil, st.args.errorf(0, "%s takes how many dead letters there are, not %q", st.verb.s, number.s)
	}

	reason := ""
	if rest.s != "" {
		if reason, err = rest.unquote(); err != nil {
			return nil, err
		}
	}

	return func() error {
		n, err := end(reason)
		if err == nil && n != want {
			err = fmt.Errorf("%s: %d dead letters, wanted %d", st.verb.s, n, want)
		}
		return err
	}, nil
}

func (s *Script) readMode(st step) (action, error) {
	operator, rest := st.args.cut()
	if !slices.Contains(s.operators, operator.s) {
		return nil, unknown(operator, "operator", slices.Clone(s.operators))
	}

	setting, err := stage.ParseSetting(rest.s)
	if err != nil {
		return nil, rest.errorf(0, "%v", err)
	}

	if names := s.candidates[operator.s]; setting.Share > 0 && !slices.Contains(names, setting.Candidate) {
		_, candidate := rest.cut()
		candidate, _ = candidate.cut()
		return nil, unknown(candidate, "candidate", slices.Clone(names))
	}

	return func() error {
		e, ok := s.engine.(Controller)
		if !ok {
			return s.lacks("topologytest.Controller")
		}

		if err := s.settle(); err != nil {
			return err
		}

		return e.SetMode(s.tb.Context(), operator.s, rest.s)
	}, nil
}

func (s *Script) readRow(st step) (action, error) {
	word, rest := st.args.cut()
	if !slices.Contains(s.tables, word.s) {
		return nil, unknown(word, "table", slices.Clone(s.tables))
	}

	evs, err := st.events(rest)
	if err != nil {
		return nil, err
	}

	if err := wanted(st, evs); err != nil {
		return nil, err
	}

	return func() error {
		return each(evs, func(ev event) error {
			return s.eventually(func() error { return s.row(word.s, ev) })
		})
	}, nil
}

func (s *Script) row(table string, ev event) error {
	var row any
	if _, err := s.engine.Row(s.tb.Context(), table, ev.key, &row); err != nil {
		return notYet{err}
	}

	if row == nil {
		if ev.value.none {
			return nil
		}
		return notYet{fmt.Errorf("%s has no row of %s, wanted: %s", table, ev.key, ev.value)}
	}

	json := compact(row)
	if ev.value.none {
		return notYet{fmt.Errorf("there is a row: %s", text.Truncate(json, 400))}
	}

	if err := ev.value.match([]byte(json)); err != nil {
		return notYet{err}
	}

	return nil
}

// readNames takes from the plan what scripts may speak of.
func (s *Script) readNames(p *plan.Plan) {
	s.topology, s.dead = p.Name, p.DeadLetters()
	s.topics = []string{s.dead}
	s.candidates = map[string][]string{}
	for _, t := range p.Topics {
		s.topics = append(s.topics, t.Name)
	}

	for _, n := range p.Nodes {
		switch {
		case n.Row != nil:
			s.tables = append(s.tables, n.Name)
		case n.Kind == plan.KindAsync:
			s.operators = append(s.operators, n.Name)
			s.candidates[n.Name] = slices.Sorted(maps.Keys(n.Async.Candidates))
		}
	}
}

// topic reads the first word of a step.
func (s *Script) topic(st step) (topic string, rest span, err error) {
	word, rest := st.args.cut()
	return word.s, rest, s.knows(word)
}

// knows reports whether the topology has the topic. Those below its own name, such as changelogs, are the
// engine's.
func (s *Script) knows(topic span) error {
	if slices.Contains(s.topics, topic.s) || strings.HasPrefix(topic.s, s.topology+".") {
		return nil
	}
	return unknown(topic, "topic", slices.Clone(s.topics))
}
