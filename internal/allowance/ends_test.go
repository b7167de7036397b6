package allowance_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/allowance"
)

// Every call ends, however its timer and its clock stand to each other.
func TestEveryCallEnds(t *testing.T) {
	cause := errors.New("its time is over")
	for range 2000 {
		ctx, cancel := allowance.With(t.Context(), allowance.Config{
			Time:     50 * time.Microsecond,
			Cause:    cause,
			Stopping: t.Context(),
		})

		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second):
			t.Fatal("a call does not end")
		}

		if !errors.Is(context.Cause(ctx), cause) {
			t.Fatal(context.Cause(ctx))
		}
		cancel()
	}
}
