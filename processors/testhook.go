package processors

import (
	"context"

	"github.com/slipstream-go/slipstream/internal/testhook"
)

func init() {
	testhook.Settle = func(ctx context.Context, w any) error { return w.(*Worker).settle(ctx) }
	testhook.Committed = func(w any, topic string, partition int32) (int64, error) {
		return w.(*Worker).positionOf(topic, partition)
	}
	testhook.OnImpure = func(w any, f func(step, what string)) { w.(*Worker).impure = f }
	testhook.OnPhase = func(w any, f func(stage, phase string) error) { w.(*Worker).onPhase = f }
}
