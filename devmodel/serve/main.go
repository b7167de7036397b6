// Command serve brings up a local model. With a command it runs that and stops; without, it prints where
// the model answers and keeps it up until it is interrupted.
//
//	go run ./devmodel/serve [model[+embedder] [command arguments...]]
//
// The command finds the model in OLLAMA_HOST and MODEL, the embedder in EMBEDDER, and tests in
// SLIPSTREAM_TEST_OLLAMA.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/slipstream-go/slipstream/devmodel"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := serve(ctx, append(os.Args[1:], "")[0], os.Args[min(2, len(os.Args)):])
	stop()

	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, model string, command []string) error {
	model, embedder, _ := strings.Cut(model, "+")

	l, err := devmodel.Ensure(ctx, devmodel.Config{
		Model:    model,
		Embedder: embedder,
		Progress: func(line string) { fmt.Fprintln(os.Stderr, line) },
	})
	if err != nil {
		return err
	}
	defer l.Close()

	if len(command) > 0 {
		return run(ctx, l, command)
	}
	fmt.Printf("%s %s %s(%s)\n", l.Host, l.Model, strings.TrimLeft(l.Embedder+" ", " "), l.Source)
	<-ctx.Done()

	return nil
}

func run(ctx context.Context, l *devmodel.Local, command []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr

	cmd.Env = append(os.Environ(), "OLLAMA_HOST="+l.Host, "MODEL="+l.Model, "EMBEDDER="+l.Embedder,
		"SLIPSTREAM_TEST_OLLAMA="+strings.TrimPrefix(l.Host, "http://")+"/"+l.Model)
	return cmd.Run()
}
