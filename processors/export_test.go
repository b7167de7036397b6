package processors

import "context"

// Settle is for the tests of this package; those of others use processorstest.Settle.
func (w *Worker) Settle(ctx context.Context) error { return w.settle(ctx) }
