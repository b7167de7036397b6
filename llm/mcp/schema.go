package mcp

import (
	"bytes"
	"encoding/json"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/slipstream-go/slipstream/llm"
)

// schemaOf is the schema of a tool's arguments, with its descriptions in one harmless line each: they reach the prompt.
func schemaOf(t *sdk.Tool) (json.RawMessage, error) {
	b, err := json.Marshal(t.InputSchema)
	if err != nil {
		return nil, err
	}
	var s any
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, err
	}
	quote(s)
	return json.Marshal(s)
}

// quote goes through a schema, and quotes each description in place. A property of that name is an object, no text.
func quote(of any) {
	switch of := of.(type) {
	case map[string]any:
		for name, v := range of {
			if text, ok := v.(string); ok && name == "description" {
				of[name] = quoted(text)
			}
			quote(v)
		}
	case []any:
		for _, v := range of {
			quote(v)
		}
	}
}

// quoted is a text for a prompt; none stays none.
func quoted(text string) string {
	if text == "" {
		return ""
	}
	return llm.Quote(text)
}

// canonical is a call by which equal ones know each other: arguments sorted by name, numbers as they are written.
func canonical(tool string, args json.RawMessage) (string, error) {
	d := json.NewDecoder(bytes.NewReader(args))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(tool + " ")
	err := json.NewEncoder(&b).Encode(v)
	return b.String(), err
}
