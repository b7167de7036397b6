package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/tau2"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
)

// An order is a line on a worker's standard input, with one of these.
type order struct {
	Settle bool  `json:"settle,omitempty"` // until all events are done and copied
	Die    int64 `json:"die,omitempty"`    // so many steps from now; negative: not at all. There is no answer
}

// An answer is a line on its standard output: one when it is ready, one when all is settled, one when it
// dies.
type answer struct {
	Ready   bool   `json:"ready,omitempty"`
	Settled bool   `json:"settled,omitempty"`
	Died    string `json:"died,omitempty"` // at which step
	Error   string `json:"error,omitempty"`
}

// work is a worker of the airline's topology that takes orders, until its standard input ends.
func work(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) error {
	f := flag.NewFlagSet(workerArgument, flag.ContinueOnError)
	brokers, dir := f.String("brokers", "", ""), f.String("dir", "", "")
	if err := f.Parse(args); err != nil {
		return err
	}
	h := executor{out: out}
	t := tau2.New(rebooking.Policy, topology.Policy[rebooking.Case]{})
	addReader(t)

	w, err := processors.NewWorker(processors.Config{
		Brokers: strings.Split(*brokers, ","), Dir: *dir, Instance: "referee", Partitions: partitions,
		Logger: slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}, t)
	if err != nil {
		return err
	}

	h.worker = w
	processorstest.OnPhase(w, h.step)
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()

	select {
	case <-w.Ready():
		err = h.serve(ctx, in)
	case err = <-ended:
		ended <- nil
	}
	stop()

	return errors.Join(err, <-ended)
}

// An executor carries out orders.
type executor struct {
	worker *processors.Worker
	mu     sync.Mutex
	out    io.Writer    // guarded by mu
	left   atomic.Int64 // steps to its death; below 1: it lives
}

// step is called before and after each step in the life of an event. A worker that is to die here kills
// itself with -9.
func (h *executor) step(stage, phase string) error {
	if h.left.Add(-1) != 0 {
		return nil
	}
	_ = h.answer(answer{Died: stage + " " + phase}) // the reader sees the end of the process, too

	p, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = p.Kill()
	}

	if err != nil {
		return err
	}

	select {} // nothing more happens here
}

func (h *executor) answer(a answer) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return json.NewEncoder(h.out).Encode(a)
}

func (h *executor) serve(ctx context.Context, in io.Reader) error {
	if err := h.answer(answer{Ready: true}); err != nil {
		return err
	}

	for lines := bufio.NewScanner(in); lines.Scan(); {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return fmt.Errorf("order %s: %w", lines.Bytes(), err)
		}

		if err := h.do(ctx, o); err != nil {
			return err
		}
	}

	return nil
}

func (h *executor) do(ctx context.Context, o order) error {
	if !o.Settle {
		h.left.Store(o.Die)
		return nil
	}

	if err := processorstest.Settle(ctx, h.worker); err != nil {
		return err
	}
	return h.answer(answer{Settled: true})
}
