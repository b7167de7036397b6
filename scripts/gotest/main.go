// Command gotest runs go test with its arguments, prints what go test prints, and then the slowest tests.
//
//	go run ./scripts/gotest ./...
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const slowest = 10

func main() {
	args := append([]string{"test", "-json"}, os.Args[1:]...)
	cmd := exec.Command(cmp.Or(os.Getenv("GO"), "go"), args...)
	cmd.Stderr = os.Stderr

	events, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}

	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}

	r := newReport(os.Stdout)
	r.read(events)
	err = cmd.Wait()
	r.printSlowest()

	if exit := new(exec.ExitError); errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
}

// An event is a line of `go test -json`: see `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64 // seconds
}

// A name is that of a test in its package.
type name struct{ pkg, test string }

// A report keeps what a test prints until it is known whether the test passes: only failures are worth reading.
type report struct {
	out  io.Writer
	kept map[name][]string
	took map[name]time.Duration
}

func newReport(out io.Writer) *report {
	return &report{out: out, kept: map[name][]string{}, took: map[name]time.Duration{}}
}

// read prints what matters of the events. A line that is no event is printed as it is.
func (r *report) read(events io.Reader) {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadString('\n')
		var e event
		if json.Unmarshal([]byte(line), &e) == nil {
			r.add(e)
		} else {
			fmt.Fprint(r.out, line)
		}

		if err != nil {
			return
		}
	}
}

func (r *report) add(e event) {
	test := name{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		r.output(test, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.end(e.Package)
			return
		}

		r.took[test] = time.Duration(e.Elapsed * float64(time.Second))
		if e.Action == "fail" {
			r.print(test)
		}
		delete(r.kept, test)
	}
}

// output keeps what a test prints, and passes on what the package does, except for the word that ends a passing one.
func (r *report) output(test name, text string) {
	if strings.HasPrefix(text, "=== ") {
		return // RUN, PAUSE, CONT, NAME
	}

	if test.test != "" {
		r.kept[test] = append(r.kept[test], text)
		return
	}

	if text != "PASS\n" && !strings.Contains(text, "[no test files]") {
		fmt.Fprint(r.out, text)
	}
}

// end prints what the tests of a package have printed that have not ended: the package crashed, or ran out of time.
func (r *report) end(pkg string) {
	for test := range r.kept {
		if test.pkg == pkg {
			r.print(test)
			delete(r.kept, test)
		}
	}
}

func (r *report) print(test name) {
	for _, text := range r.kept[test] {
		fmt.Fprint(r.out, text)
	}
}

// printSlowest leaves out tests with subtests: their time is that of these.
func (r *report) printSlowest() {
	var tests []name
	for test := range r.took {
		if !r.hasSubtests(test) {
			tests = append(tests, test)
		}
	}
	slices.SortFunc(tests, func(a, b name) int {
		return cmp.Or(cmp.Compare(r.took[b], r.took[a]), cmp.Compare(a.pkg, b.pkg),
			cmp.Compare(a.test, b.test))
	})

	fmt.Fprintf(r.out, "\nThe slowest of %d tests:\n", len(tests))

	for _, test := range tests[:min(slowest, len(tests))] {
		fmt.Fprintf(r.out, "%7.2fs  %s  %s\n", r.took[test].Seconds(), test.test, test.pkg)
	}
}

func (r *report) hasSubtests(test name) bool {
	for other := range r.took {
		if other.pkg == test.pkg && strings.HasPrefix(other.test, test.test+"/") {
			return true
		}
	}
	return false
}
