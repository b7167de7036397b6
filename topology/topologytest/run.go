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

// Run runs each script that matches glob, on a topology and an engine of its own, as a subtest named like the
// file.
//
// Without an engine it is [Memory], and each script runs in a bubble of testing/synctest: topology, engine,
// model and script share a virtual clock, which only `advance` moves, so nothing is waited for. With an
// engine the clock is real, and expect, row and committed wait up to 15 seconds for what is still on its way.
// At most one engine may be given.
//
// Build declares the topology, and teaches the script the verbs of what stands around it.
func Run(t *testing.T, glob string, build func(*Script) *topology.Topology, engine ...Factory) {
	t.Helper()

	switch len(engine) {
	case 0:
		eachFile(t, glob, build, inVirtualTime(Memory))
	case 1:
		eachFile(t, glob, build, inRealTime(engine[0]))
	default:
		t.Fatalf("Run takes at most one engine, not %d", len(engine))
	}
}

// RunParallel is [Run] with an engine whose scripts share nothing, such as one with a broker of its own: as
// many run at once as the flag -parallel allows.
func RunParallel(t *testing.T, glob string, build func(*Script) *topology.Topology, engine Factory) {
	t.Helper()
	alone := inRealTime(engine)
	eachFile(t, glob, build, func(t *testing.T, run func(*Script, Factory) error) error {
		t.Parallel()
		return alone(t, run)
	})
}

// RunShuffled is Run on [MemoryShuffled], in virtual time: what a script says must hold in whatever order
// things happen that have none.
func RunShuffled(t *testing.T, glob string, build func(*Script) *topology.Topology, seed uint64) {
	t.Helper()
	eachFile(t, glob, build, inVirtualTime(MemoryShuffled(seed)))
}

// A runner runs one script on an engine, and returns errSkip or why the script fails.
type runner func(t *testing.T, run func(s *Script, start Factory) error) error

func eachFile(t *testing.T, glob string, build func(*Script) *topology.Topology, tell runner) {
	t.Helper()

	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("no script matches %s (%v)", glob, err)
	}

	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err == nil {
				err = tell(t, func(s *Script, start Factory) error { return s.run(file, string(src), build, start) })
			}
			report(t, err)
		})
	}
}

// inVirtualTime reports failures within the bubble, where the engine's own errors are; a skip is for outside
// of it.
func inVirtualTime(start Factory) runner {
	return func(t *testing.T, run func(*Script, Factory) error) (skipped error) {
		synctest.Test(t, func(t *testing.T) {
			s := newScript(t)
			s.bubble = true
			if err := run(s, start); errors.Is(err, errSkip) {
				skipped = err
			} else {
				report(t, err)
			}
		})

		return skipped
	}
}

func inRealTime(start Factory) runner {
	return func(t *testing.T, run func(*Script, Factory) error) error {
		s := newScript(t)
		s.patience = patience
		return run(s, start)
	}
}

// errSkip is what run returns for a script that is for other engines only.
var errSkip = errors.New("skipped")

func report(tb testing.TB, err error) {
	tb.Helper()

	switch {
	case errors.Is(err, errSkip):
		tb.Skip(err)
	case err != nil:
		tb.Fatal(err)
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

// only takes the first step off if it is `only`, and skips the script if the engine is not among those it
// names.
func (s *Script) only(steps []step) ([]step, error) {
	if len(steps) == 0 || steps[0].verb.s != "only" {
		return steps, nil
	}

	here := s.engineName()
	able := append([]string{here}, engines...)
	names, found := steps[0].args, false
	for rest := names; rest.s != ""; {
		var name span
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
