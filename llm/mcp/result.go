package mcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/slipstream-go/slipstream/llm"
)

// A Result is what a tool of a server returned, and when. Several callers may hold the same one, so it must
// not be changed.
type Result struct {
	// Result is the structured content if there is some, or else the text. Text that is a JSON object or
	// list stays as it is; other text is a JSON string, and line breaks join several texts.
	Result json.RawMessage `json:"result"`
	// LeftOut names the kinds of content that were neither: images, sounds, links.
	LeftOut []string `json:"left_out,omitempty"`
	// Fetched is when the server was asked.
	Fetched time.Time `json:"as_of"`
}

// AsOf is Fetched, for llm.RunTools.
func (r Result) AsOf() time.Time { return r.Fetched }

// result converts what the server sent. A tool's own error is an error in the server's words, quoted.
func (s *Server) result(tool string, got *sdk.CallToolResult, asOf time.Time) (Result, error) {
	r := Result{Fetched: asOf}
	var texts []string
	for _, c := range got.Content {
		switch c := c.(type) {
		case *sdk.TextContent:
			texts = append(texts, c.Text)
		default:
			r.LeftOut = append(r.LeftOut, strings.TrimPrefix(fmt.Sprintf("%T", c), "*mcp."))
		}
	}

	text := strings.Join(texts, "\n")
	switch {
	case got.IsError:
		return r, errors.New(tool + ": " + llm.Quote(text))
	case got.StructuredContent != nil:
		b, err := json.Marshal(got.StructuredContent)
		if err != nil {
			return r, fmt.Errorf("mcp: %s: the result of %s: %w", s.config.Name, tool, err)
		}
		r.Result = asWritten(b, text)
	default:
		r.Result = textAsJSON(text)
	}

	if len(r.Result) > s.config.MaxResult { // before it is cached
		return r, fmt.Errorf("%s: the result has %d bytes, more than %d: ask for less", tool, len(r.Result),
			s.config.MaxResult)
	}

	return r, nil
}

// asWritten returns the text if it is the structured content once more, as servers are asked to send it: the
// SDK has read the numbers in the content into float64s, and integers beyond 2^53 are no longer exact.
func asWritten(content json.RawMessage, text string) json.RawMessage {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return content
	}

	if rounded, err := json.Marshal(v); err != nil || !bytes.Equal(rounded, content) {
		return content
	}

	return textAsJSON(text)
}

// textAsJSON returns text as it is if it is a JSON object or list, or else as a JSON string.
func textAsJSON(text string) json.RawMessage {
	t := strings.TrimSpace(text)
	if strings.HasPrefix(t, "{") || strings.HasPrefix(t, "[") {
		var b bytes.Buffer
		if json.Compact(&b, []byte(t)) == nil {
			return b.Bytes()
		}
	}

	b, _ := json.Marshal(text) // a string always has JSON

	return b
}
