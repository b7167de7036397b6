package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/processors"
	"golang.org/x/sync/errgroup"
)

func main() {
	brokers := flag.String("brokers", "", "`HOST:PORT` of the airline's brokers, comma-separated: `make run` prints it at its start")
	dir := flag.String("dir", "",
		"`FOLDER` that keeps the rows between runs, for one process at a time. Defaults to memory")
	instance := flag.String("instance", "",
		"`NAME` that this worker keeps: back under it, it takes up its share at once")
	model := flag.String("model", "", "`NAME` of a model of the Ollama that OLLAMA_HOST names. Defaults to none: the nearest hotel is taken")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if *brokers == "" {
		log.Fatal("hotel: -brokers is missing")
	}

	var m llm.Model
	if *model != "" {
		m = llm.Resilient(llm.Ollama(*model), llm.ResilientConfig{})
	}

	c := processors.Config{Brokers: strings.Split(*brokers, ","), Dir: *dir, Instance: *instance}
	if err := run(ctx, c, m); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}

// run is the agent's worker, until ctx ends. It tells what the stranded are told.
func run(ctx context.Context, c processors.Config, m llm.Model) error {
	t := hotels(m)

	w, err := processors.NewWorker(c, t)
	if err != nil {
		return err
	}

	// The model is loaded before the first event waits for it. One that isn't there yet stops no worker.
	warm, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()

	if err := t.Warm(warm); err != nil {
		log.Print("hotel: the model is not warm: ", err)
	}

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return w.Run(ctx) })
	g.Go(func() error {
		select {
		case <-w.Ready():
			return tell(ctx, c)
		case <-ctx.Done():
			return nil
		}
	})

	return g.Wait()
}

// tell prints what guests are told.
func tell(ctx context.Context, c processors.Config) error {
	client, err := processors.Dial(c)
	if err != nil {
		return err
	}
	defer client.Close()

	for r, err := range client.Follow(ctx, string(Notifications),
		processors.FollowOptions{FromBeginning: true}) {
		if err != nil {
			return err
		}

		var n Notification
		if json.Unmarshal(r.Value, &n) == nil {
			fmt.Printf("%s  %s  %s\n", n.Time.Format("15:04"), r.Key, n.Text)
		}
	}

	return nil
}
