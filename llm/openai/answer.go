package openai

import (
	"encoding/json"
	"strings"
	"time"

	api "github.com/openai/openai-go"

	"github.com/slipstream-go/slipstream/llm"
)

// An answer is put together from the chunks of a stream.
type answer struct {
	text, refusal strings.Builder
	calls         []llm.Call
	args          []strings.Builder // of each call
	thought       bool
	finish        string // why it ended; "": it has not
	model         string
	fingerprint   string
	usage         api.CompletionUsage
	timings       timings
	begun         time.Time
	chunks        int
}

// timings are those of llama.cpp, in its last chunk.
type timings struct {
	Cached float64 `json:"cache_n"`
	Read   float64 `json:"prompt_ms"`
	Wrote  float64 `json:"predicted_ms"`
}

func newAnswer() *answer { return &answer{begun: time.Now()} }

func (a *answer) add(c api.ChatCompletionChunk) {
	a.chunks++
	if c.Model != "" {
		a.model = c.Model
	}

	if c.SystemFingerprint != "" {
		a.fingerprint = c.SystemFingerprint
	}

	if c.Usage.PromptTokens > 0 {
		a.usage = c.Usage
	}

	if raw := c.JSON.ExtraFields["timings"].Raw(); raw != "" {
		_ = json.Unmarshal([]byte(raw), &a.timings) // what can't be read is not known
	}

	if len(c.Choices) == 0 {
		return
	}
	choice := c.Choices[0]
	a.text.WriteString(choice.Delta.Content)
	a.refusal.WriteString(choice.Delta.Refusal)
	if choice.FinishReason != "" {
		a.finish = choice.FinishReason
	}

	for _, name := range []string{"reasoning_content", "reasoning"} {
		raw := choice.Delta.JSON.ExtraFields[name].Raw()
		a.thought = a.thought || raw != "" && raw != "null" && raw != `""`
	}

	for _, part := range choice.Delta.ToolCalls {
		a.addCall(part)
	}
}

// addCall adds a part of a call. Its index says of which one; servers that send calls whole may give all of
// them the index 0, each with its own id.
func (a *answer) addCall(part api.ChatCompletionChunkChoiceDeltaToolCall) {
	i := int(part.Index)
	if i < len(a.calls) && part.ID != "" && a.calls[i].ID != "" && part.ID != a.calls[i].ID {
		i = len(a.calls)
	}

	if i >= len(a.calls) || i < 0 {
		i = len(a.calls)
		a.calls = append(a.calls, llm.Call{})
		a.args = append(a.args, strings.Builder{})
	}

	c := &a.calls[i]
	if c.ID == "" {
		c.ID = part.ID
	}
	c.Tool += part.Function.Name
	a.args[i].WriteString(part.Function.Arguments)
}

// isOllama reports whether the server is one, by how it calls itself.
func (a *answer) isOllama() bool { return a.fingerprint == "fp_ollama" }

// reply is an answer that has ended.
func (a *answer) reply() llm.Reply {
	for i := range a.calls {
		args := strings.TrimSpace(a.args[i].String())
		if args == "" || args == "null" {
			args = "{}"
		}
		a.calls[i].Args = json.RawMessage(args)
	}

	overlong := a.finish == "length"

	return llm.Reply{
		Message:      llm.Message{Role: llm.Assistant, Text: a.text.String(), Calls: a.calls},
		Model:        a.model,
		Overlong:     overlong,
		InThoughts:   overlong && a.thought && a.text.Len() == 0,
		TokensIn:     int(a.usage.PromptTokens),
		TokensCached: max(int(a.usage.PromptTokensDetails.CachedTokens), int(a.timings.Cached)),
		TokensOut:    int(a.usage.CompletionTokens),
		Took:         time.Since(a.begun),
		Read:         milliseconds(a.timings.Read),
		Wrote:        milliseconds(a.timings.Wrote),
	}
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
