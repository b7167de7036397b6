package llm

import (
	"encoding/json"
	"fmt"

	"github.com/ollama/ollama/api"
)

// wire is the request as Ollama takes it. Neither the prompt nor the answer may be cut in silence: truncate and
// shift are off.
func (o *ollama) wire(r Request) (*api.ChatRequest, error) {
	yes, no := true, false
	w := &api.ChatRequest{
		Model: o.config.Model, Format: r.Schema, Options: o.options(r),
		Stream: &yes, Truncate: &no, Shift: &no, KeepAlive: &api.Duration{Duration: o.config.KeepAlive},
	}
	for _, m := range r.Messages {
		x, err := toMessage(m)
		if err != nil {
			return nil, err
		}
		w.Messages = append(w.Messages, x)
	}
	for _, t := range r.Tools {
		x, err := toTool(t)
		if err != nil {
			return nil, err
		}
		w.Tools = append(w.Tools, x)
	}
	return w, nil
}

func (o *ollama) options(r Request) map[string]any {
	options := map[string]any{"temperature": r.Temperature, "seed": r.Seed}
	for name, n := range map[string]int{"num_predict": r.MaxTokens, "num_ctx": o.config.Context, "num_thread": o.config.Threads} {
		if n > 0 {
			options[name] = n
		}
	}
	return options
}

func toMessage(m Message) (api.Message, error) {
	w := api.Message{Role: m.Role, Content: m.Text}
	if m.Role == ToolRole {
		if len(m.Calls) > 0 {
			w.ToolName = m.Calls[0].Tool
		}
		return w, nil
	}
	for _, c := range m.Calls {
		x := api.ToolCall{Function: api.ToolCallFunction{Name: c.Tool}}
		if err := json.Unmarshal(c.Args, &x.Function.Arguments); err != nil {
			return w, fmt.Errorf("llm: the arguments of %s are no JSON object: %w", c.Tool, err)
		}
		w.ToolCalls = append(w.ToolCalls, x)
	}
	return w, nil
}

func toTool(t Tool) (api.Tool, error) {
	w := api.Tool{Type: "function", Function: api.ToolFunction{Name: t.Name, Description: t.Description}}
	if err := json.Unmarshal(t.Schema, &w.Function.Parameters); err != nil {
		return w, fmt.Errorf("llm: the schema of tool %s: %w", t.Name, err)
	}
	return w, nil
}

func fromToolCalls(calls []api.ToolCall) (out []Call) {
	for _, c := range calls {
		args, _ := json.Marshal(c.Function.Arguments) // it was JSON a moment ago
		out = append(out, Call{Tool: c.Function.Name, Args: args})
	}
	return out
}
