package main

import (
	"context"
	"os"
	"slices"

	"github.com/urfave/cli/v3"

	recording "github.com/slipstream-go/slipstream/journal/transcript"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/verb"
)

func promptFlags() []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: "prompt",
		Usage: "`FILE` of the instructions, such as `explain ID --instructions` prints them. Defaults to those of this program"}}
}

// instructed gives a model the instructions of a file, in place of an operator's own.
func instructed(file string) (before func(llm.Model) llm.Model, err error) {
	if file == "" {
		return recording.Of, nil
	}

	b, err := os.ReadFile(file)
	if err != nil {
		return nil, verb.UsageError("--prompt: %w", err)
	}
	return func(m llm.Model) llm.Model { return prompted{recording.Of(m), string(b)} }, nil
}

type prompted struct {
	llm.Model
	instructions string
}

// Chat implements llm.Model.
func (p prompted) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	r.Messages = slices.Clone(r.Messages)
	for i := range r.Messages {
		if r.Messages[i].Role == llm.System {
			r.Messages[i].Text = p.instructions
		}
	}
	return p.Model.Chat(ctx, r)
}
