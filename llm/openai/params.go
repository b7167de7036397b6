package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	api "github.com/openai/openai-go"
	"github.com/openai/openai-go/packages/param"
	"github.com/openai/openai-go/shared"

	"github.com/slipstream-go/slipstream/llm"
)

// toParams is the request as the API takes it.
func (m *model) toParams(r llm.Request) (api.ChatCompletionNewParams, error) {
	p := api.ChatCompletionNewParams{
		Model:           m.config.Model,
		ReasoningEffort: shared.ReasoningEffort(m.config.Think),
		Seed:            param.NewOpt(int64(r.Seed)),
		StreamOptions:   api.ChatCompletionStreamOptionsParam{IncludeUsage: param.NewOpt(true)},
		Temperature:     param.NewOpt(r.Temperature),
	}
	if r.MaxTokens > 0 {
		m.bound(&p, r.MaxTokens)
	}

	for _, message := range r.Messages {
		p.Messages = append(p.Messages, toMessage(message))
	}

	for _, t := range llm.Offered(r.Tools) {
		tool, err := toTool(t)
		if err != nil {
			return p, err
		}
		p.Tools = append(p.Tools, tool)
	}

	if len(r.Schema) > 0 {
		p.ResponseFormat = toFormat(r.Schema)
	}

	return p, nil
}

// bound bounds the answer. OpenAI has another name for it than the rest of the world: its models that think
// refuse the old name, and others do not know the new one.
func (m *model) bound(p *api.ChatCompletionNewParams, tokens int) {
	if strings.HasPrefix(m.servers[0].url, DefaultHost) || strings.Contains(m.servers[0].url, ".azure.com/") {
		p.MaxCompletionTokens = param.NewOpt(int64(tokens))
		return
	}
	p.MaxTokens = param.NewOpt(int64(tokens))
}

func toMessage(m llm.Message) api.ChatCompletionMessageParamUnion {
	switch m.Role {
	case llm.System:
		return api.SystemMessage(m.Text)
	case llm.ToolRole:
		var id string
		if len(m.Calls) > 0 {
			id = idOf(m.Calls[0], 0)
		}
		return api.ToolMessage(m.Text, id)
	case llm.Assistant:
		if len(m.Calls) == 0 {
			return api.AssistantMessage(m.Text)
		}
		return toCalls(m)
	}

	return api.UserMessage(m.Text)
}

func toCalls(m llm.Message) api.ChatCompletionMessageParamUnion {
	a := &api.ChatCompletionAssistantMessageParam{}
	if m.Text != "" {
		a.Content.OfString = param.NewOpt(m.Text)
	}

	for i, c := range m.Calls {
		args := string(c.Args)
		if args == "" {
			args = "{}"
		}

		a.ToolCalls = append(a.ToolCalls, api.ChatCompletionMessageToolCallParam{
			ID:       idOf(c, i),
			Function: api.ChatCompletionMessageToolCallFunctionParam{Name: c.Tool, Arguments: args},
		})
	}

	return api.ChatCompletionMessageParamUnion{OfAssistant: a}
}

// idOf is the id of a call. One that a model wrote as text has none, and the API wants one.
func idOf(c llm.Call, i int) string {
	if c.ID != "" {
		return c.ID
	}
	return fmt.Sprintf("call_%s_%d", c.Tool, i)
}

// toTool keeps the schema as it is written: grammars follow the order of its names.
func toTool(t llm.Tool) (api.ChatCompletionToolParam, error) {
	schema := t.Schema
	if len(bytes.TrimSpace(schema)) == 0 {
		schema = json.RawMessage(`{"type":"object","properties":{}}`)
	}

	function, err := json.Marshal(struct {
		Name        string          `json:"name"`
		Description string          `json:"description,omitempty"`
		Parameters  json.RawMessage `json:"parameters"`
	}{t.Name, t.Description, schema})
	if err != nil {
		return api.ChatCompletionToolParam{}, fmt.Errorf("openai: the tool %s: %w", t.Name, err)
	}

	return api.ChatCompletionToolParam{
		Function: param.Override[shared.FunctionDefinitionParam](json.RawMessage(function)),
	}, nil
}

func toFormat(schema json.RawMessage) api.ChatCompletionNewParamsResponseFormatUnion {
	f := shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "answer", Schema: schema}
	if isStrict(schema) {
		f.Strict = param.NewOpt(true)
	}

	return api.ChatCompletionNewParamsResponseFormatUnion{
		OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{JSONSchema: f},
	}
}

// isStrict reports whether a schema keeps to what OpenAI demands of one that it holds a model to: each object
// is closed, and each of its names is required. It would refuse others.
func isStrict(schema json.RawMessage) bool {
	var v any
	return json.Unmarshal(schema, &v) == nil && isStrictPart(v)
}

func isStrictPart(v any) bool {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if !isStrictPart(item) {
				return false
			}
		}
	case map[string]any:
		properties, isObject := v["properties"].(map[string]any)
		required, _ := v["required"].([]any)
		closed := v["additionalProperties"]
		if v["type"] == "object" && (!isObject || !isClosed(closed) || len(required) != len(properties)) {
			return false
		}

		for _, part := range v {
			if !isStrictPart(part) {
				return false
			}
		}
	}

	return true
}

// isClosed reports whether additionalProperties allows none: false, or {"not": {}}.
func isClosed(v any) bool {
	if object, ok := v.(map[string]any); ok {
		not, ok := object["not"].(map[string]any)
		return ok && len(not) == 0
	}
	return v == false
}

// sizeOf is the bytes of a request, which no prompt made of it has more of: each of a chat template's own
// tokens stands for some of JSON's.
func sizeOf(p api.ChatCompletionNewParams) (int, error) {
	body, err := p.MarshalJSON()
	if err != nil {
		return 0, fmt.Errorf("openai: the request: %w", err)
	}
	return len(body), nil
}
