package llm

import (
	"encoding/json"

	"github.com/google/jsonschema-go/jsonschema"
)

// answerSchema is the schema of an answer in the forms of ToolsBySchema: one call, several, or a reply.
func answerSchema(calls []*jsonschema.Schema, reply json.RawMessage) (json.RawMessage, error) {
	if len(reply) == 0 {
		reply = json.RawMessage(`{"type":"string"}`)
	}
	text, err := forGrammar(reply)
	if err != nil {
		return nil, err
	}
	dropDescriptions(text)

	call := &jsonschema.Schema{Ref: "#/$defs/call"}
	several := &jsonschema.Schema{Type: "array", Items: call, MinItems: new(2), MaxItems: new(MaxCalls)}
	return json.Marshal(&jsonschema.Schema{
		AnyOf: []*jsonschema.Schema{call, closedObject(field{"reply", text}), several},
		Defs:  map[string]*jsonschema.Schema{"call": {AnyOf: calls}},
	})
}

// callSchema is the schema of a call of one tool.
func callSchema(tool string, args *jsonschema.Schema) *jsonschema.Schema {
	name := &jsonschema.Schema{Const: jsonschema.Ptr[any](tool)}
	return closedObject(field{"tool", name}, field{"arguments", args})
}

type field struct {
	name   string
	schema *jsonschema.Schema
}

// closedObject is the schema of an object that has these fields and no others.
func closedObject(fields ...field) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type:                 "object",
		Properties:           map[string]*jsonschema.Schema{},
		AdditionalProperties: noSchema(),
	}
	for _, f := range fields {
		s.Properties[f.name] = f.schema
		s.PropertyOrder = append(s.PropertyOrder, f.name)
		s.Required = append(s.Required, f.name)
	}
	return s
}
