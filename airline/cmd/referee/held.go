package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
)

// held is a worker in a process of its own, under orders. It is started again whenever it dies of one. It belongs to one
// goroutine.
type held struct {
	brokers, dir string
	lives        func() int64 // drawn at each start: how many steps the worker lives; negative: for good
	points       points
	process      *process // nil: there is none
}

// settle waits until the worker has done, and copied, all that there is to do. If it dies meanwhile, its successor has.
func (h *held) settle(ctx context.Context) error {
	for {
		if err := h.start(ctx); err != nil {
			return err
		}
		h.process.tell(order{Settle: true})
		select {
		case a, alive := <-h.process.answers:
			if a.Settled {
				return nil
			}
			if err := h.bury(a, alive); err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("the worker does not settle: %w", errors.Join(ctx.Err(), h.kill()))
		}
	}
}

// until waits until something is so, and has the worker be there meanwhile. moved is closed when it may be so.
func (h *held) until(ctx context.Context, so func() (yes bool, moved <-chan struct{})) error {
	for {
		yes, moved := so()
		if yes {
			return nil
		}
		if err := h.start(ctx); err != nil {
			return err
		}
		select {
		case <-moved:
		case a, alive := <-h.process.answers:
			if err := h.bury(a, alive); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// start runs a worker if there is none, waits until it is ready, and orders its death.
func (h *held) start(ctx context.Context) (err error) {
	if h.process != nil {
		return nil
	}
	if h.process, err = newProcess(workerArgument, "--brokers", h.brokers, "--dir", h.dir); err != nil {
		return err
	}
	select {
	case a := <-h.process.answers:
		if a.Ready {
			h.process.tell(order{Die: h.lives()})
			return nil
		}
		return fmt.Errorf("the worker does not start: %w", h.kill())
	case <-ctx.Done():
		return fmt.Errorf("the worker does not start: %w", errors.Join(ctx.Err(), h.kill()))
	}
}

// bury takes leave of a worker that has ended, and counts its death. If nobody ordered that, it is an error.
func (h *held) bury(a answer, alive bool) error {
	died, failure := h.process.end()
	h.process = nil
	if died = cmp.Or(a.Died, died); died == "" {
		return fmt.Errorf("the worker ended (it was asked to settle: %v %s): %w", alive, a.Error, failure)
	}
	h.points[died]++
	return nil
}

// die has the worker die so many steps from now; negative: not at all.
func (h *held) die(steps int64) {
	if h.process != nil {
		h.process.tell(order{Die: steps})
	}
}

// kill ends a worker that does not do what it should.
func (h *held) kill() error {
	p := h.process
	h.process = nil
	p.kill()
	_, err := p.end()
	return err
}

// close ends the worker.
func (h *held) close() error {
	if h.process == nil {
		return nil
	}
	_, err := h.process.end()
	return err
}

// forGood is how long a worker lives that nobody kills.
func forGood() int64 { return -1 }

// about draws from 1 to twice as many steps, the same for every run.
func about(steps int) func() int64 {
	chance := rand.New(rand.NewPCG(1, 2))
	return func() int64 { return 1 + chance.Int64N(2*int64(steps)) }
}

// points counts deaths by where they were.
type points map[string]int

func (p points) all() (n int) {
	for _, times := range p {
		n += times
	}
	return n
}

func (p points) String() string {
	return fmt.Sprintf("%d kills -9 at %d different steps", p.all(), len(p))
}
