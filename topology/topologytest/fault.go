package topologytest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func (s *Script) readCommitted(st step) (action, error) {
	where, rest := st.args.cut()
	slash := strings.LastIndex(where.s, "/")
	partition, err := strconv.ParseInt(where.s[slash+1:], 10, 32)
	want, errWant := strconv.ParseInt(rest.s, 10, 64)
	if slash < 0 || err != nil || errWant != nil {
		return nil, st.args.errorf(0, "committed takes TOPIC/PARTITION OFFSET, not %q", st.args.s)
	}

	topic := span{where.s[:slash], where.at}
	if err := s.knows(topic); err != nil {
		return nil, err
	}

	return func() error {
		return s.eventually(func() error { return s.committed(topic.s, int32(partition), want) })
	}, nil
}

func (s *Script) committed(topic string, partition int32, want int64) error {
	e, ok := s.engine.(Offsets)
	if !ok {
		return s.lacks("topologytest.Offsets")
	}

	got, err := e.Committed(s.tb.Context(), topic, partition)
	if err != nil {
		return err
	}

	if got != want {
		return notYet{fmt.Errorf("committed is %d, wanted %d", got, want)}
	}

	return nil
}

// moments are the steps in the life of an event between which a worker can crash.
var moments = []string{"pending", "commit", "dispatch", "answer", "settle"}

func (s *Script) readCrash(st step) (action, error) {
	if st.args.s == "" {
		return s.fault("crash"), nil
	}
	when, rest := st.args.cut()
	moment, at := rest.cut()

	if when.s != "before" && when.s != "after" {
		return nil, st.args.errorf(0, "crash takes nothing, or before or after a step")
	}

	if !slices.Contains(moments, moment.s) {
		return nil, unknown(moment, "step", slices.Clone(moments))
	}

	if in, stage := at.cut(); at.s != "" && (in.s != "in" || stage.s == "") {
		return nil, at.errorf(0, "after the step comes in STAGE [N], or nothing")
	}

	return s.fault("crash " + st.args.s), nil
}

// A Crash is where a worker is to crash. Engines that crash at steps use it.
type Crash struct {
	Step  string // before commit
	Stage string // by its name in the plan; "": any
	N     int    // the how-manieth such step from now on
}

// ParseCrash reads what Fault gets after "crash ": "before commit", or "before commit in flights 2".
func ParseCrash(what string) (Crash, error) {
	step, at, _ := strings.Cut(what, " in ")
	c := Crash{Step: step, N: 1}
	if at == "" {
		return c, nil
	}

	words := strings.Fields(at)
	c.Stage = words[0]
	if len(words) == 1 {
		return c, nil
	}

	var err error
	if c.N, err = strconv.Atoi(words[1]); err != nil || c.N < 1 || len(words) > 2 {
		return c, fmt.Errorf("crash %s: %q is no number of steps", what, at)
	}

	return c, nil
}

// Armed reports whether there is a crash to come.
func (c Crash) Armed() bool { return c.Step != "" }

// Passes counts a step of a stage, and reports whether it is the one to crash at.
func (c *Crash) Passes(stage, step string) bool {
	if c.Step != step || c.Stage != "" && c.Stage != stage {
		return false
	}

	c.N--
	return c.N == 0
}

func (s *Script) readRebalance(st step) (action, error) {
	if st.args.s != "" {
		return nil, st.args.errorf(0, "rebalance takes nothing")
	}
	return s.fault("rebalance"), nil
}

func (s *Script) readFault(st step) (action, error) {
	if st.args.s == "" {
		return nil, st.verb.errorf(0, "which fault? The engine knows their names")
	}
	return s.fault(st.args.s), nil
}

func (s *Script) fault(what string) action {
	return func() error {
		err := s.engine.Fault(what)
		if errors.Is(err, errors.ErrUnsupported) {
			return fmt.Errorf("%w\n%w", err, s.lacks("that fault"))
		}
		return err
	}
}

// lacks is the error when the engine has not the ability that a step needs.
func (s *Script) lacks(ability string) error {
	return fmt.Errorf("the engine %s has not %s; a script that not every engine can run begins with those that can, such as\n    only %s",
		s.engineName(), ability, strings.Join(engines, " "))
}
