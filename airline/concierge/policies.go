package concierge

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/llm/index"
)

// SearchPolicies is the tool that looks a rule up, if there is a handbook.
const SearchPolicies = "search_policies"

type questionArgs struct {
	Question string `json:"question" jsonschema:"in English"`
}

// maxHits of a search are shown.
const maxHits = 3

// policies finds the passages that answer a question: as the customer put it, and as the model does in English, which
// is what small embedders read.
func (c Config) policies(k stepCase) func(context.Context, questionArgs) ([]index.Hit, error) {
	return func(ctx context.Context, a questionArgs) ([]index.Hit, error) {
		return c.Handbook.Search(ctx, k.Message().Text, maxHits, a.Question)
	}
}

// check says why a step does not hold: a reply must be grounded, and what it cites must stand.
func (c Config) check(ctx context.Context, k stepCase, s agent.Step) error {
	if err := grounded(ctx, k, s); err != nil || c.Handbook == nil || s.Reply == "" {
		return err
	}
	if err := ruled(s.Reply); err != nil {
		return err
	}
	cited, err := index.Cite(s.Reply, found(k))
	if err != nil {
		return err
	}
	return c.Handbook.Standing(ctx, cited)
}

// found are the passages that this turn has looked up.
func found(k stepCase) (hits []index.Hit) {
	for _, l := range k.Talk().Lines {
		var more []index.Hit
		if l.Done != nil && l.Done.Tool == SearchPolicies && json.Unmarshal(l.Done.Result, &more) == nil {
			hits = slices.Concat(hits, more)
		}
	}
	return hits
}
