package mcp

import (
	"bytes"
	"encoding/json"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/slipstream-go/slipstream/llm"
)

// readSchema returns the schema of a tool's arguments and the patterns in it that are not checked, or why the
// tool can't be offered.
func readSchema(t *sdk.Tool) (schema json.RawMessage, unchecked []string, err error) {
	schema, err = schemaOf(t)
	if err != nil {
		return nil, nil, err
	}
	unchecked, err = llm.Tool{Name: t.Name, Schema: schema}.CheckSchema()

	return schema, unchecked, err
}

// schemaOf is the schema as the server has it. Its descriptions reach the prompt, so each is quoted, in one
// line.
func schemaOf(t *sdk.Tool) (json.RawMessage, error) {
	b, err := json.Marshal(t.InputSchema)
	if err != nil {
		return nil, err
	}

	var s any
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, err
	}

	quoteDescriptions(s)

	return json.Marshal(s)
}

// quoteDescriptions changes a schema in place. A property with the name description is an object, so it is
// left alone.
func quoteDescriptions(schema any) {
	switch part := schema.(type) {
	case map[string]any:
		for name, v := range part {
			if text, ok := v.(string); ok && name == "description" {
				part[name] = quote(text)
			}
			quoteDescriptions(v)
		}
	case []any:
		for _, v := range part {
			quoteDescriptions(v)
		}
	}
}

// quote makes a text fit for a prompt. An empty one stays empty.
func quote(text string) string {
	if text == "" {
		return ""
	}
	return llm.Quote(text)
}

// canonical is the same for equal calls: arguments sorted by name, numbers as they are written.
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
