package index_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/index"
	"github.com/slipstream-go/slipstream/topology"
)

const (
	questions  topology.Topic[customer, string]                   = "questions"
	answers    topology.Topic[customer, answer]                   = "answers"
	unanswered topology.Topic[customer, topology.Failure[string]] = "unanswered"
)

type customer string

type answer struct {
	Text  string           `json:"text"`
	Cited []index.Citation `json:"cited"`
}

// desk answers questions out of the passages of an index.
func desk(x index.Index, m llm.Model) *topology.Topology {
	t := topology.New("desk")
	x.Declare(t)
	replies, failures := topology.Async(topology.From(t, questions), "clerk", clerk{x, m},
		topology.Policy[string]{Reads: []topology.Readable{x.Reads()}})
	replies.To(answers)
	failures.To(unanswered)
	return t
}

// A clerk looks into the index, asks the model, and holds what it says to what was found.
type clerk struct {
	index index.Index
	model llm.Model
}

func (c clerk) Decide(ctx context.Context, question string) (a answer, _ topology.Provenance, err error) {
	hits, err := c.index.Search(ctx, question, 3)
	if err != nil {
		return a, nil, err
	}

	prompt := []string{"Question: " + llm.Quote(question)}
	for _, h := range hits {
		prompt = append(prompt, h.String())
	}

	reply, err := c.model.Chat(ctx, llm.Request{Messages: []llm.Message{{Role: llm.User,
		Text: strings.Join(prompt, "\n")}}})
	if err != nil {
		return a, nil, err
	}
	cited, err := index.Cite(reply.Message.Text, hits)

	return answer{reply.Message.Text, cited}, nil, err
}

func (c clerk) Check(ctx context.Context, _ string, a answer) error {
	return c.index.CheckCitations(ctx, a.Cited)
}

func (c clerk) GiveUp(_ string, cause error) (answer, error) {
	return answer{}, fmt.Errorf("nobody answered: %w", cause)
}
