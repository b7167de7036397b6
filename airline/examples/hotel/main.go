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

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/processors"
	"golang.org/x/sync/errgroup"
)

func main() {
	brokers := flag.String("brokers", "", "`HOST:PORT` of the airline's brokers, comma-separated: `make run` prints it at its start")
	model := flag.String("model", "", "`NAME` of a model of the Ollama that OLLAMA_HOST names. Defaults to none: the nearest hotel is taken")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	if *brokers == "" {
		log.Fatal("hotel: -brokers is missing")
	}

	var m llm.Model
	if *model != "" {
		m = llm.Resilient(llm.Ollama(*model), llm.ResilientConfig{})
	}

	if err := run(ctx, processors.Config{Brokers: strings.Split(*brokers, ",")}, m); err != nil &&
		ctx.Err() == nil {
		log.Fatal(err)
	}
}

// run is the agent's worker, until ctx ends. It tells what the stranded are told.
func run(ctx context.Context, c processors.Config, m llm.Model) error {
	w, err := processors.NewWorker(c, hotels(m))
	if err != nil {
		return err
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
