package llmtest

import (
	"context"
	"sync/atomic"

	"github.com/slipstream-go/slipstream/llm"
)

// Failing is a model whose calls all fail with err; Fault makes one that llm understands.
func Failing(err error) llm.Model { return &failing{err: err} }

// FailingFirst fails the first n calls with err, and passes the later ones on to m.
func FailingFirst(n int, err error, m llm.Model) llm.Model {
	return &failing{err: err, n: int64(n), then: m}
}

type failing struct {
	err   error
	n     int64
	then  llm.Model // nil: fails for ever
	calls atomic.Int64
}

// Chat implements llm.Model.
func (f *failing) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	if err := ctx.Err(); err != nil {
		return llm.Reply{}, err
	}

	if f.then == nil || f.calls.Add(1) <= f.n {
		return llm.Reply{}, f.err
	}
	return f.then.Chat(ctx, r)
}
