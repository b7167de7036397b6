package processors

import "context"

// Settle is for the tests of this package; those of others use processorstest.Settle.
func (w *Worker) Settle(ctx context.Context) error { return w.settle(ctx) }

// Draining reports whether the worker begins no more calls.
func (w *Worker) Draining() bool {
	for _, s := range w.runners {
		if !s.current.Load().draining.Load() {
			return false
		}
	}
	return true
}
