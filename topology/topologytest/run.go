package topologytest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/slipstream-go/slipstream/topology"
)

// engines are the names that `only` knows, beside that of the engine at hand.
var engines = []string{"memory", "embedded", "kafka"}

// Run runs each script that matches glob, on a topology and an engine of its own, as a subtest named like the file.
//
// Without an engine it is [Memory], and each script runs in a bubble of testing/synctest: topology, engine, model and
// script share a virtual clock, which only `advance` moves, so nothing is waited for. With an engine the clock is real,
// and expect, row and committed wait up to 15 seconds for what is still on its way. At most one engine may be given.
//
// Build declares the topology, and teaches the script the verbs of what stands around it.
func Run(t *testing.T, glob string, build func(*Script) *topology.Topology, engine ...Factory) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 || len(engine) > 1 {
		t.Fatalf("Run takes at most one engine (has %d) and scripts: %q matches %d (%v)", len(engine), glob, len(files), err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) { runFile(t, f, build, engine) })
	}
}

func runFile(t *testing.T, file string, build func(*Script) *topology.Topology, engine []Factory) {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(engine) == 1 {
		s := newScript(t)
		s.patience = patience
		s.must(s.run(file, string(src), build, engine[0]))
		return
	}
	var skipped error // in a bubble a skip is that of the bubble alone
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t)
		s.bubble = true
		if skipped = s.run(file, string(src), build, Memory); !errors.Is(skipped, errSkip) {
			s.must(skipped)
		}
	})
	if errors.Is(skipped, errSkip) {
		t.Skip(skipped)
	}
}

// errSkip is what run returns for a script that is for other engines only.
var errSkip = errors.New("skipped")

func (s *Script) must(err error) {
	s.tb.Helper()
	switch {
	case errors.Is(err, errSkip):
		s.tb.Skip(err)
	case err != nil:
		s.tb.Fatal(err)
	}
}

// run reads the whole script before its first step runs, so that no step hides a mistake in a later one.
func (s *Script) run(name, text string, build func(*Script) *topology.Topology, start Factory) error {
	src, steps, err := parse(name, text)
	if err != nil {
		return src.point(err)
	}
	if err := s.start(build, start); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if steps, err = s.only(steps); err != nil {
		return src.point(err)
	}
	actions, err := s.compile(steps)
	if err != nil {
		return src.point(err)
	}
	for i, do := range actions {
		if err := s.do(do); err != nil {
			return src.failed(steps[i], err)
		}
	}
	return s.leftOver(name)
}

func (s *Script) start(build func(*Script) *topology.Topology, start Factory) error {
	t := build(s)
	plan, err := t.Plan()
	if err != nil {
		return err
	}
	s.readNames(plan)
	s.engine = start(s.tb, t)
	return nil
}

// only takes the first step off if it is `only`, and skips the script if the engine is not among those it names.
func (s *Script) only(steps []step) ([]step, error) {
	if len(steps) == 0 || steps[0].verb.s != "only" {
		return steps, nil
	}
	here := s.engineName()
	able := append([]string{here}, engines...)
	names, found := steps[0].args, false
	for rest := names; rest.s != ""; {
		var name text
		if name, rest = rest.cut(); !slices.Contains(able, name.s) {
			return nil, unknown(name, "engine", able)
		}
		found = found || name.s == here
	}
	if !found {
		return nil, fmt.Errorf("%w: only for %s, and this is %s", errSkip, names.s, here)
	}
	return steps[1:], nil
}

func (s *Script) engineName() string {
	if s.bubble {
		return "memory"
	}
	if e, ok := s.engine.(Named); ok {
		return e.Name()
	}
	return strings.Trim(fmt.Sprintf("%T", s.engine), "*")
}

// A lineError is a failure of one line within a step.
type lineError struct {
	line int
	error
}

func (e lineError) Unwrap() error { return e.error }

func (s *source) failed(st step, err error) error {
	line := st.verb.at[0].line
	var at lineError
	if errors.As(err, &at) {
		line = at.line
	}
	return fmt.Errorf("%s:%d: a step failed\n    %s\n%w", s.name, line, s.quote(st), err)
}
