package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
)

// A supervisor has a worker in a process of its own, and starts it again whenever it has died by order. It
// belongs to one goroutine.
type supervisor struct {
	brokers, dir string
	lifetime     func() int64 // drawn at each start: how many steps the worker lives. Negative: it is not killed
	deaths       deaths
	process      *process // nil if there is none
}

// settle waits until a worker has done, and copied, everything that there is to do, be it a successor of the
// one that runs now.
func (h *supervisor) settle(ctx context.Context) error {
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

			if err := h.recordDeath(a, alive); err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("the worker does not settle: %w", errors.Join(ctx.Err(), h.kill()))
		}
	}
}

// waitFor waits until something is so, and keeps a worker running meanwhile. It asks again when moved is
// closed.
func (h *supervisor) waitFor(ctx context.Context, so func() (yes bool, moved <-chan struct{})) error {
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
			if err := h.recordDeath(a, alive); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// start runs a worker unless one runs, waits until it is ready, and orders when it dies.
func (h *supervisor) start(ctx context.Context) (err error) {
	if h.process != nil {
		return nil
	}

	if h.process, err = newProcess(workerArgument, "--brokers", h.brokers, "--dir", h.dir); err != nil {
		return err
	}

	select {
	case a := <-h.process.answers:
		if a.Ready {
			h.process.tell(order{Die: h.lifetime()})
			return nil
		}
		return fmt.Errorf("the worker does not start: %w", h.kill())
	case <-ctx.Done():
		return fmt.Errorf("the worker does not start: %w", errors.Join(ctx.Err(), h.kill()))
	}
}

// recordDeath counts the death of a worker that has ended. A death that was not ordered is an error.
func (h *supervisor) recordDeath(a answer, alive bool) error {
	died, failure := h.process.end()
	h.process = nil

	if died = cmp.Or(a.Died, died); died == "" {
		return fmt.Errorf("the worker ended (it was asked to settle: %v %s): %w", alive, a.Error, failure)
	}

	h.deaths[died]++
	return nil
}

// die orders the worker to die so many steps from now. A negative number revokes the order.
func (h *supervisor) die(steps int64) {
	if h.process != nil {
		h.process.tell(order{Die: steps})
	}
}

// kill ends a worker that does not do what it should, and returns what it died of.
func (h *supervisor) kill() error {
	p := h.process
	h.process = nil
	p.kill()
	_, err := p.end()
	return err
}

// close ends the worker.
func (h *supervisor) close() error {
	if h.process == nil {
		return nil
	}
	_, err := h.process.end()
	return err
}

// forever is the lifetime of a worker that is not killed.
func forever() int64 { return -1 }

// about returns lifetimes drawn from 1 to 2n steps. They are the same in every run.
func steps(n int) func() int64 {
	chance := rand.New(rand.NewPCG(1, 2))
	return func() int64 { return 1 + chance.Int64N(2*int64(n)) }
}

// deaths counts the deaths of workers by their step.
type deaths map[string]int

func (p deaths) total() (n int) {
	for _, times := range p {
		n += times
	}
	return n
}

func (p deaths) String() string {
	return fmt.Sprintf("%d kills -9 at %d different steps", p.total(), len(p))
}
