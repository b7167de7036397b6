package llm

import (
	"encoding/json"

	"github.com/wk8/go-ordered-map/v2"
)

// answers is the schema of an answer: one call, several, or a reply.
func answers(calls []*shape, reply json.RawMessage) (json.RawMessage, error) {
	if len(reply) == 0 {
		reply = json.RawMessage(`{"type":"string"}`)
	}
	final, err := shapeOf(reply)
	if err != nil {
		return nil, err
	}
	call := &shape{Ref: "#/$defs/call"}
	several := &shape{Type: types{"array"}, Items: call, MinItems: 2, MaxItems: MaxCalls}
	return json.Marshal(&shape{
		AnyOf: []*shape{call, object(field{"reply", final.bare()}), several},
		Defs:  map[string]*shape{"call": {AnyOf: calls}},
	})
}

func callOf(tool string, args *shape) *shape {
	name, _ := json.Marshal(tool) // a string
	return object(field{"tool", &shape{Const: name}}, field{"arguments", args})
}

type field struct {
	name string
	of   *shape
}

// object is the shape of one that has these fields and no others.
func object(fields ...field) *shape {
	s := &shape{Type: types{"object"}, Properties: orderedmap.New[string, *shape](), More: &shape{never: true}}
	for _, f := range fields {
		s.Properties.Set(f.name, f.of)
		s.Required = append(s.Required, f.name)
	}
	return s
}
