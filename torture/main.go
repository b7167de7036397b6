// Torture runs workers as processes of their own, hurts them, and judges from the topics alone what became of
// every event. `torture help` lists its verbs; docs/torture.md explains them.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/torture/worker"
)

const usage = `torture rounds [flags]    rounds of faults: a line of JSON each, then a table
torture sabotage [flags]  rounds against workers that do without a safeguard: each must be noticed
torture worker, broker    what the verbs above start as processes of their own

Either verb lists its flags with -h. The exit status is 1 if a round was violated or stuck, or if a sabotage
went unnoticed, and 2 if rounds could not be run.
`

func main() {
	verb, args := "help", []string(nil)
	if len(os.Args) > 1 {
		verb, args = os.Args[1], os.Args[2:]
	}

	switch verb {
	case "rounds":
		os.Exit(interruptible(args, rounds))
	case "sabotage":
		os.Exit(interruptible(args, sabotage))
	case "worker":
		os.Exit(worker.Main(args[0]))
	case "broker":
		os.Exit(broker())
	}

	fmt.Print(usage)
	os.Exit(exitUsage)
}

const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// interruptible runs a verb until it is interrupted.
func interruptible(args []string, verb func(ctx context.Context, args []string) int) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return verb(ctx, args)
}

// broker runs the embedded broker until standard input is closed.
func broker() int {
	b, err := devkafka.Start(devkafka.Config{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	fmt.Println(b.Addr())

	signal.Ignore(os.Interrupt) // of the whole process group: rounds end first
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := b.Close(); err != nil {
		return exitFailed
	}

	return exitOK
}
