package llm

import (
	"fmt"
	"math"
)

// Text costs about one token per 3.5 bytes, English prose less, numbers and other scripts more. Each
// message of a chat has some of its own.
const (
	bytesPerToken    = 3.5
	tokensPerMessage = 8
)

// Tokens estimates what texts cost as messages of a prompt, without asking a model.
func Tokens(texts ...string) int {
	n := 0
	for _, t := range texts {
		n += tokensPerMessage + int(math.Ceil(float64(len(t))/bytesPerToken))
	}
	return n
}

// estimate is what the prompt of a request costs, about.
func estimate(r Request) int {
	var texts []string
	for _, m := range r.Messages {
		texts = append(texts, m.Text)
	}
	return Tokens(texts...)
}

// fit trims the case until its prompt is within budget, and counts the cuts.
func (o Operator[In, Out]) fit(in In, usage *Usage) (In, string, error) {
	for {
		prompt := o.prompt(in)
		n := Tokens(o.Instructions, prompt)
		if o.MaxPromptTokens <= 0 || n <= o.MaxPromptTokens {
			return in, prompt, nil
		}

		shorter, ok := in, false
		if o.Trim != nil && usage.Trimmed < maxTrims {
			shorter, ok = o.Trim(in)
		}

		if !ok {
			return in, "", &Error{
				Kind: ErrRefused,
				Err: fmt.Errorf("llm: the prompt has about %d tokens, %d are allowed", n,
					o.MaxPromptTokens),
				Remedy: "show fewer facts, let Trim drop more, or raise MaxPromptTokens",
			}
		}

		in = shorter
		usage.Trimmed++
	}
}

// maxTrims bounds a Trim that never returns false.
const maxTrims = 1000

func (o Operator[In, Out]) prompt(in In) string {
	if o.Prompt == nil {
		return fmt.Sprint(in)
	}
	return o.Prompt(in)
}
