// Command serve brings up a local model, prints where it answers, and keeps it up until it is interrupted.
//
//	go run ./internal/devmodel/serve [model]
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/slipstream-go/slipstream/internal/devmodel"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := devmodel.Config{Progress: func(line string) { fmt.Fprintln(os.Stderr, line) }}
	if len(os.Args) > 1 {
		c.Model = os.Args[1]
	}
	l, err := devmodel.Ensure(ctx, c)
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Printf("%s %s (%s)\n", l.Host, l.Model, l.Source)
	<-ctx.Done()
	return nil
}
