package llm

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"
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
	think, err := o.think()
	if err != nil {
		return nil, err
	}
	w.Think = think

	for _, m := range r.Messages {
		w.Messages = append(w.Messages, toMessage(m))
	}

	for _, t := range Offered(r.Tools) {
		x, err := toTool(t)
		if err != nil {
			return nil, err
		}

		w.Tools = append(w.Tools, x)
	}

	return w, nil
}

// think is OllamaConfig.Think as Ollama takes it; nil: its own choice.
func (o *ollama) think() (*api.ThinkValue, error) {
	switch v := o.config.Think; v {
	case "":
		return nil, nil
	case "on", "off":
		return &api.ThinkValue{Value: v == "on"}, nil
	case "low", "medium", "high":
		return &api.ThinkValue{Value: v}, nil
	default:
		return nil, fmt.Errorf("llm: OllamaConfig.Think is %q: it may be on, off, low, medium or high", v)
	}
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
		w.ToolCalls = append(w.ToolCalls, api.ToolCall{ID: c.ID, Function: api.ToolCallFunction{
			Index:     i,
			Name:      c.Tool,
			Arguments: toArguments(c.Args),
		}})
	}

	return w
}

// toArguments keeps numbers as they are written. What is no object becomes none: the result of the call says
// what was wrong.
func toArguments(args json.RawMessage) api.ToolCallFunctionArguments {
	out := api.NewToolCallFunctionArguments()

	var all members
	if json.Unmarshal(orEmpty(args), &all) != nil {
		return out
	}

	for _, arg := range all {
		out.Set(arg.name, arg.value)
	}

	return out
}

// toTool replaces the references of its schema, which Ollama drops, by what they refer to.
func toTool(t Tool) (api.Tool, error) {
	args, err := argsForGrammar(t)
	if err != nil {
		return api.Tool{}, err
	}

	return api.Tool{Type: "function", Function: api.ToolFunction{
		Name:        t.Name,
		Description: t.Description,
		Parameters: api.ToolFunctionParameters{
			Type:       args.Type,
			Required:   args.Required,
			Properties: toProperties(args),
		},
	}}, nil
}

// toProperties is never nil: templates would print null.
func toProperties(s *jsonschema.Schema) *api.ToolPropertiesMap {
	all := api.NewToolPropertiesMap()
	for name, p := range properties(s) {
		all.Set(name, toProperty(p))
	}
	return all
}

func toProperty(s *jsonschema.Schema) api.ToolProperty {
	p := api.ToolProperty{
		Type:        stringsOrOne(s),
		Description: s.Description,
		Enum:        s.Enum,
		Required:    s.Required,
	}
	for _, alternative := range s.AnyOf {
		p.AnyOf = append(p.AnyOf, toProperty(alternative))
	}

	switch {
	case len(s.PrefixItems) > 0: // which Ollama drops
		p.Items = &jsonschema.Schema{AnyOf: s.PrefixItems}
	case s.Items != nil:
		p.Items = s.Items
	}

	if len(s.Properties) > 0 {
		p.Properties = toProperties(s)
	}

	return p
}

// fromToolCalls converts the calls of an answer, as they were sent. Ollama gives arguments in any order. Here
// they are sorted, so that a model is shown its earlier calls in the same words each time.
func fromToolCalls(line []byte) (out []Call) {
	var sent struct {
		Message struct {
			Calls []struct {
				ID       string `json:"id"`
				Function struct {
					Name      string          `json:"name"`
					Arguments json.RawMessage `json:"arguments"`
				} `json:"function"`
			} `json:"tool_calls"`
		} `json:"message"`
	}
	_ = json.Unmarshal(line, &sent) // the client has read it, too

	for _, c := range sent.Message.Calls {
		args, err := sortedExact(c.Function.Arguments)
		if err != nil || string(args) == "null" {
			args = json.RawMessage("{}")
		}
		out = append(out, Call{ID: c.ID, Tool: c.Function.Name, Args: args})
	}

	return out
}
