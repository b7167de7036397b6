package concierge

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/llm/index"
)

// SearchPolicies is the tool that looks up rules, if there is a handbook.
const SearchPolicies = "search_policies"

type questionArgs struct {
	Question string `json:"question" jsonschema:"in English"`
}

// maxHits bounds how many passages a search shows.
const maxHits = 3

// policies finds the passages that answer a question: as the customer put it, and as the model puts it in
// English, which small embedders understand best.
func (c Config) policies(k stepCase) func(context.Context, questionArgs) ([]index.Hit, error) {
	return func(ctx context.Context, a questionArgs) ([]index.Hit, error) {
		return c.Handbook.Search(ctx, k.Message().Text, maxHits, a.Question)
	}
}

// check returns why a step does not hold. A reply must have evidence, and the passages that it cites must
// still stand.
func (c Config) check(ctx context.Context, k stepCase, s agent.Step) error {
	if err := checkEvidence(ctx, k, s); err != nil || c.Handbook == nil || s.Reply == "" {
		return err
	}

	if err := checkRule(s.Reply); err != nil {
		return err
	}

	cited, err := index.Cite(s.Reply, passagesFound(k))
	if err != nil {
		return err
	}

	return c.Handbook.CheckCitations(ctx, cited)
}

// passagesFound returns the passages that the conversation has looked up.
func passagesFound(k stepCase) (hits []index.Hit) {
	for _, l := range k.Talk().Lines {
		var more []index.Hit
		if l.Call != nil && l.Call.Tool == SearchPolicies && json.Unmarshal(l.Call.Result, &more) == nil {
			hits = slices.Concat(hits, more)
		}
	}
	return hits
}
