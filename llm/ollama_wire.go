package llm

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ollama/ollama/api"
)

// toWire is the request as Ollama takes it. Truncate and shift are off, so that neither prompt nor answer
// is cut in silence.
func (o *ollama) toWire(r Request) (*api.ChatRequest, error) {
	if len(r.Tools) > 0 && len(r.Schema) > 0 {
		return nil, errors.New("llm: Ollama holds all of the answer to the schema, so the model could call no tool: " +
			"wrap it in ToolsBySchema")
	}

	w := &api.ChatRequest{
		Model:     o.config.Model,
		Format:    r.Schema,
		Options:   o.options(r),
		Stream:    new(true),
		Truncate:  new(false),
		Shift:     new(false),
		KeepAlive: &api.Duration{Duration: o.config.KeepAlive},
	}
	for _, m := range r.Messages {
		w.Messages = append(w.Messages, toMessage(m))
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
	bounds := map[string]int{
		"num_predict": r.MaxTokens,
		"num_ctx":     o.config.Context,
		"num_thread":  o.config.Threads,
	}
	for name, n := range bounds {
		if n > 0 {
			options[name] = n
		}
	}

	return options
}

func toMessage(m Message) api.Message {
	w := api.Message{Role: m.Role, Content: m.Text}
	if m.Role == ToolRole {
		if len(m.Calls) > 0 {
			w.ToolName, w.ToolCallID = m.Calls[0].Tool, m.Calls[0].ID
		}
		return w
	}

	for i, c := range m.Calls {
		x := api.ToolCall{ID: c.ID, Function: api.ToolCallFunction{Index: i, Name: c.Tool}}
		if json.Unmarshal(orEmpty(c.Args), &x.Function.Arguments) != nil {
			x.Function.Arguments = api.NewToolCallFunctionArguments() // the result says what was wrong with them
		}
		w.ToolCalls = append(w.ToolCalls, x)
	}

	return w
}

// toTool replaces the references of its schema, which Ollama drops, by what they refer to.
func toTool(t Tool) (api.Tool, error) {
	w := api.Tool{Type: "function", Function: api.ToolFunction{Name: t.Name, Description: t.Description}}

	args, err := argsForGrammar(t)
	if err != nil {
		return w, err
	}

	b, err := json.Marshal(args)
	if err == nil {
		err = json.Unmarshal(b, &w.Function.Parameters)
	}

	if err != nil {
		return w, fmt.Errorf("llm: the schema of tool %s: %w", t.Name, err)
	}

	if w.Function.Parameters.Properties == nil {
		w.Function.Parameters.Properties = api.NewToolPropertiesMap() // or else templates print null
	}

	return w, nil
}

// fromToolCalls converts the calls of an answer. Ollama gives arguments in any order. Here they are sorted,
// so that a model is shown its earlier calls in the same words each time.
func fromToolCalls(calls []api.ToolCall) (out []Call) {
	for _, c := range calls {
		args, err := json.Marshal(c.Function.Arguments.ToMap())
		if err != nil || c.Function.Arguments.Len() == 0 {
			args = json.RawMessage("{}")
		}
		out = append(out, Call{ID: c.ID, Tool: c.Function.Name, Args: args})
	}
	return out
}
