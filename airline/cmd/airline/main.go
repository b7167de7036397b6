// Slipstream runs, feeds and questions stream-processing topologies: an airline's assistant on a bad day, and the tools
// to look into it. `slipstream help` lists the commands; each is in a file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// What the process ends with.
const (
	exitFine     = 0
	exitFailed   = 1
	exitUsage    = 2   // the command line is wrong
	exitViolated = 3   // an invariant does not hold
	exitStopped  = 130 // interrupted before it was done
)

func main() {
	// The first signal stops cleanly, the second at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(execute(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr))
}

// execute runs one command line, and returns the exit status.
func execute(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	cmd := rootCommand()
	cmd.Reader, cmd.Writer, cmd.ErrWriter = in, out, errs
	err := cmd.Run(ctx, args)
	if err != nil && !errors.Is(err, errStopped) {
		fmt.Fprintf(errs, "slipstream: %v\n", err)
	}
	return status(err)
}

func status(err error) int {
	var usage *usageError
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errViolated):
		return exitViolated
	case errors.Is(err, errStopped):
		return exitStopped
	case errors.As(err, &usage):
		return exitUsage
	}
	return exitFailed
}

var (
	errStopped  = errors.New("stopped")
	errViolated = errors.New("an invariant does not hold")
)

// A usageError is the user's: the text names the flag or the argument.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func wrong(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }
