// Referee replays the recorded calls of tau2-bench's airline on this one, as commands and as reads of an
// agent. The airline runs on a worker with the embedded broker. Then it replays them again, while the worker
// is killed with -9. `make referee` runs it. The last line has the figures. The exit status is 0 if
// everything agrees, 1 if something differs, and 2 if there is nothing to replay.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/slipstream-go/slipstream/airline/tau2/referee"
)

// The exit statuses.
const (
	exitAgrees  = 0
	exitDiffers = 1
	exitNothing = 2 // to replay, or the command line is wrong
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// workerArgument has this program be a worker, in a process of its own.
const workerArgument = "worker"

// execute runs one command line, and returns the exit status.
func execute(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	if len(args) > 0 && args[0] == workerArgument {
		return status(work(ctx, args[1:], in, out, errs), errs)
	}

	o, err := readOptions(args, errs)
	if err != nil {
		return exitNothing // the flags have said why
	}

	m, err := o.session()
	if err != nil {
		fmt.Fprintln(errs, err)
		return exitNothing
	}

	return status(m.play(ctx, out), errs)
}

func status(err error, errs io.Writer) int {
	switch {
	case err == nil:
		return exitAgrees
	case !errors.Is(err, errDiffers): // else the figures say so, last
		fmt.Fprintln(errs, err)
	}
	return exitDiffers
}

// options are the command line.
type options struct {
	data, cases  string
	suites, runs string
	every        int
}

const shared = "../shared/data/tau2-airline"

func readOptions(args []string, errs io.Writer) (o options, err error) {
	f := flag.NewFlagSet("referee", flag.ContinueOnError)
	f.SetOutput(errs)
	f.StringVar(&o.data, "data", shared,
		"`folder` of the initial tables: users, reservations, and flight_dates or flights")
	f.StringVar(&o.cases, "cases", shared,
		"`folder` of the cases: calls, sequences, tasks, expected, final, trajectories; any may be missing")
	f.StringVar(&o.suites, "suites", strings.Join(referee.Suites, ","), "`names` of the suites to replay")
	f.StringVar(&o.runs, "runs", strings.Join(runNames, ","), "`names` of the runs: plain; "+
		"kills: at any step, in all cases; steps: at every step, in one call of each tool that writes")
	f.IntVar(&o.every, "every", 80, "in the run with kills, so many `steps` from one to the next, on average")

	if err = f.Parse(args); err == nil && (f.NArg() > 0 || o.every < 1) {
		err = errors.New("referee: an argument too many, or --every below 1")
		fmt.Fprintln(errs, err)
	}

	return o, err
}

// A session is what is replayed, and in which runs.
type session struct {
	initial referee.Rows
	cases   []*referee.Case
	runs    []*run
}

func (o options) session() (m *session, err error) {
	m = &session{}
	if m.initial, err = referee.ReadTables(os.DirFS(o.data)); err != nil {
		return nil, fmt.Errorf("no tables in %s: %w", o.data, err)
	}

	if m.cases, err = referee.ReadCases(os.DirFS(o.cases)); err != nil {
		return nil, fmt.Errorf("no cases in %s: %w", o.cases, err)
	}
	m.cases = slices.DeleteFunc(m.cases, func(c *referee.Case) bool { return !isListed(o.suites, c.Suite) })
	m.runs = slices.DeleteFunc(newRuns(m.cases, o.every),
		func(r *run) bool { return !isListed(o.runs, r.name) })

	return m, nil
}

func isListed(names, name string) bool { return slices.Contains(strings.Split(names, ","), name) }

var errDiffers = errors.New("not all agrees")

// play plays the runs. The last line has the figures of all.
func (m *session) play(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "%d rows, %d cases\n", len(m.initial), len(m.cases))

	var figures []string
	agrees := true
	for _, r := range m.runs {
		if err := r.play(ctx, m.initial, out); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		agrees = agrees && r.card.Agrees()
		figures = append(figures, r.figures())
		fmt.Fprintln(out, r.figures())
	}
	fmt.Fprintln(out, strings.Join(figures, " | "))

	if !agrees {
		return errDiffers
	}

	return nil
}
