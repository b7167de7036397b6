// Command sabotage turns off the engine's safeguards, one after the other, and runs the test that must
// notice. It fails if a test passes without its safeguard, or fails with it. Arguments are safeguards;
// without them it turns off each.
//
//	go run ./scripts/sabotage
//	go run ./scripts/sabotage lease positions
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/slipstream-go/slipstream/internal/testhook"
)

const (
	patience = 60 * time.Second // with a test, which takes seconds
	atOnce   = 2                // tests
)

func main() {
	dir, err := os.MkdirTemp("", "slipstream-sabotage")
	if err == nil {
		err = run(context.Background(), dir, os.Args[1:])
		_ = os.RemoveAll(dir)
	}

	if err != nil {
		fmt.Fprintln(os.Stderr, "sabotage:", err)
		os.Exit(1)
	}
}

// run builds the tests in dir, and prints what became of the safeguards that names are of.
func run(ctx context.Context, dir string, names []string) error {
	tests, err := chosen(names)
	if err != nil {
		return err
	}

	began := time.Now()

	binaries, err := build(ctx, dir, tests)
	if err != nil {
		return err
	}

	trials := make([]trial, len(tests))
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i, t := range tests {
		slots <- struct{}{}
		running.Go(func() {
			trials[i] = try(ctx, binaries[t.Package], t)
			<-slots
		})
	}
	running.Wait()

	missed := report(trials)
	fmt.Printf("\n%d of %d safeguards are noticed, in %v\n", len(trials)-missed, len(trials),
		time.Since(began).Round(time.Second))

	if missed > 0 {
		return fmt.Errorf("%d safeguards may be lost without notice", missed)
	}
	return nil
}

// chosen returns the tests of the named safeguards; all if none is named.
func chosen(names []string) (tests []testhook.Test, err error) {
	for _, name := range names {
		if !slices.Contains(testhook.Safeguards(), testhook.Safeguard(name)) {
			return nil, fmt.Errorf("there is no safeguard %q: the safeguards are %v", name,
				testhook.Safeguards())
		}
	}

	return slices.DeleteFunc(testhook.Tests(), func(t testhook.Test) bool {
		return len(names) > 0 && !slices.Contains(names, string(t.Safeguard))
	}), nil
}

// build builds the tests of each package, and returns where they are.
func build(ctx context.Context, dir string, tests []testhook.Test) (binaries map[string]string, err error) {
	binaries = map[string]string{}
	for _, t := range tests {
		if binaries[t.Package] != "" {
			continue
		}

		to := filepath.Join(dir, strings.ReplaceAll(t.Package, "/", "-")+".test")
		binaries[t.Package] = to

		c := exec.CommandContext(ctx, cmp.Or(os.Getenv("GO"), "go"), "test", "-c", "-o", to, "./"+t.Package)
		if out, err := c.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build the tests of %s: %w\n%s", t.Package, err, out)
		}
	}

	return binaries, nil
}

// A trial is what a test came to, with its safeguard and without.
type trial struct {
	test          testhook.Test
	with, without outcome
	took          time.Duration // of both
}

// An outcome is how one run of a test has ended.
type outcome struct {
	verdict verdict
	output  string
}

type verdict string

const (
	passed   verdict = "passes"
	failed   verdict = "fails"
	skipped  verdict = "is skipped"
	endless  verdict = "does not end"
	notThere verdict = "is not there"
)

func (t *trial) isNoticed() bool { return t.with.verdict == passed && t.without.verdict == failed }

// try runs a test with its safeguard, and without.
func try(ctx context.Context, binary string, t testhook.Test) trial {
	began := time.Now()
	r := trial{
		test:    t,
		with:    runTest(ctx, binary, t, ""),
		without: runTest(ctx, binary, t, t.Safeguard),
	}
	r.took = time.Since(began)
	return r
}

// runTest runs a test in its package's folder, without a safeguard if one is named.
func runTest(ctx context.Context, binary string, t testhook.Test, without testhook.Safeguard) outcome {
	ctx, cancel := context.WithTimeout(ctx, patience+10*time.Second)
	defer cancel()

	c := exec.CommandContext(ctx, binary, "-test.run=^"+t.Name+"$", "-test.v", "-test.count=1",
		"-test.timeout="+patience.String())
	c.Dir = t.Package
	c.Env = append(os.Environ(), testhook.Env+"="+string(without))
	out, err := c.CombinedOutput()

	return outcome{judge(t.Name, string(out), err), string(out)}
}

// judge returns how a test has ended, by what it printed and the error of its process.
func judge(name, output string, err error) verdict {
	switch {
	case strings.Contains(output, "panic: test timed out"):
		return endless
	case strings.Contains(output, "--- SKIP: "+name+" "):
		return skipped
	case strings.Contains(output, "--- FAIL: "+name+" ") || strings.Contains(output, "panic: "):
		return failed
	case err != nil:
		return endless
	case strings.Contains(output, "--- PASS: "+name+" "):
		return passed
	}
	return notThere
}

// report prints a table of the trials, and what tests say that don't notice. It returns how many don't.
func report(trials []trial) (missed int) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SAFEGUARD\tTEST\tPACKAGE\tWITH\tWITHOUT\tSECONDS\t")
	for i := range trials {
		t := &trials[i]
		mark := ""
		if !t.isNoticed() {
			mark = "MISSED"
			missed++
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%.1f\t%s\n", t.test.Safeguard, t.test.Name, t.test.Package,
			t.with.verdict, t.without.verdict, t.took.Seconds(), mark)
	}
	_ = w.Flush()

	for i := range trials {
		if t := &trials[i]; !t.isNoticed() {
			fmt.Printf("\n%s with its safeguard:\n%s\nwithout:\n%s", t.test.Name, t.with.output,
				t.without.output)
		}
	}

	return missed
}
