package verb

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"
)

// Exit statuses. A verb's own begin at 3, see [Exit].
const (
	StatusOK      = 0
	StatusFailed  = 1
	StatusUsage   = 2   // the command line is wrong
	StatusStopped = 130 // it was interrupted before it was done
)

// ErrStopped is the error of a command that was interrupted before it was done. It is not printed.
var ErrStopped = errors.New("stopped")

// Exit returns an error with the exit status of a process that it ends: one of a verb's own, from 3 to 125.
func Exit(status int, err error) error { return exitError{status, err} }

type exitError struct {
	status int
	error
}

func (e exitError) Unwrap() error { return e.error }

// UsageError returns an error that the user made on the command line; its text names the flag or the
// argument.
func UsageError(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Interrupted tells a stop that was asked for from a failure: once ctx has ended, an error becomes
// [ErrStopped].
func Interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errors.Join(ErrStopped, err)
	}
	return err
}

// stoppable is the action of a command that is not done when it is interrupted: it then ends with
// [ErrStopped], whatever its error says.
func stoppable(action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		return Interrupted(ctx, action(ctx, cmd))
	}
}

// Arguments returns the arguments of a command, of which there must be at least as many as least and at most
// as many as most. names is what the help calls them.
func Arguments(cmd *cli.Command, least, most int, names ...string) ([]string, error) {
	args := cmd.Args().Slice()
	switch {
	case len(args) < least:
		return nil, UsageError("%s: %s is missing", cmd.Name, names[len(args)])
	case len(args) > most:
		return nil, UsageError("%s: %q is one argument too many", cmd.Name, args[most])
	}
	return args, nil
}

func status(err error) int {
	var own exitError
	var usage usageError
	switch {
	case err == nil:
		return StatusOK
	case errors.Is(err, ErrStopped): // whatever it would have come to
		return StatusStopped
	case errors.As(err, &own):
		return own.status
	case errors.As(err, &usage):
		return StatusUsage
	}

	return StatusFailed
}
