package llm

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
)

// Interpret makes of what a model wrote what it means. Models write their calls as text now and then, each in
// the form of its own template, and some think aloud; a customer must be told neither.
//
// Thoughts are dropped. If there are tools, a call that stands in the text becomes one of the Calls: JSON
// that names a tool, by itself, in a list, fenced or among words, and what follows a mark such as <tool_call>
// or [TOOL_CALLS]. If a call can be seen but not read, or the text is JSON and no call, the error is
// ErrInvalid and tells the model why; the reply comes along with it. Arguments that are no JSON become a JSON
// string, so that a call can be kept and shown as it was written; no tool takes a string.
//
// Ollama and ToolsBySchema do this, and so does package agent with each reply of any Model.
func Interpret(reply Reply, tools []Tool) (Reply, error) {
	reply = withoutThoughts(reply)
	reply.Message.Calls = encodable(reply.Message.Calls)
	if len(tools) == 0 {
		return reply, nil
	}

	w := readWritten(reply.Message.Text, tools)
	switch {
	case len(reply.Message.Calls) > 0: // its own calls count
		if w.isCall() {
			reply.Message.Text = w.prose
		}
	case len(w.calls) > 0:
		reply.Message.Text, reply.Message.Calls = w.prose, w.calls
	case w.isReply:
		reply.Message.Text = w.prose
		return Interpret(reply, tools)
	case reply.InThoughts:
		return reply, invalid(cutOff(reply))
	case w.objection != nil:
		return reply, invalid(cmp.Or(cutOff(reply), w.objection))
	}

	return reply, nil
}

// encodable returns calls whose arguments are JSON. None is an empty object, as tools take it.
func encodable(calls []Call) []Call {
	calls = slices.Clone(calls)
	for i, c := range calls {
		switch {
		case len(c.Args) == 0:
			calls[i].Args = json.RawMessage("{}")
		case !json.Valid(c.Args):
			calls[i].Args, _ = json.Marshal(string(c.Args)) // a string always can be
		}
	}
	return calls
}

func invalid(cause error) error { return &Error{Kind: ErrInvalid, Err: cause} }

var (
	errUnread = errors.New("llm: a call in the text can't be read: call one of the tools as JSON, " +
		`{"name": ..., "arguments": {...}}, or reply in plain words`)
	errJSON = errors.New("llm: the answer is JSON and calls none of the tools: reply in plain words")
)

// A written text is what can be read from it.
type written struct {
	calls     []Call
	prose     string // the rest of the text, which may be said
	marked    bool   // a mark says that there is a call
	isReply   bool   // prose is a reply that was written as JSON
	objection error  // why it can't be said; nil: it can
}

func (w written) isCall() bool { return w.marked || len(w.calls) > 0 || w.objection != nil }

// mark stands around calls in the templates of models: tags, special tokens, and words.
var mark = regexp.MustCompile(`(?i)</?\s*(?:\w+[:_])?(?:tool_?calls?|function_?calls?|functions?|` +
	`tool_use|invoke|parameters?|arguments|arg_key|arg_value|tool|tools|tool_code|plugin|execute)\b[^<>]*>|` +
	`</?(?:\||｜)DSML(?:\||｜)[^<>]*>|<\|tool_call>|<tool_call\|>|✿FUNCTION✿|✿ARGS✿|\bto=functions\.|` +
	`<(?:\||｜)[^<>|｜]*(?:tool|call|function|action|plugin|channel|constrain|python)` +
	`[^<>|｜]*(?:\||｜)>|` +
	`\[/?(?:tool_calls?|args|call_id|tool_request|end_tool_request|available_tools)\]|` +
	`functools\s*\[|` +
	"```\\s*tool\\w*")

// react marks a call as the prompts of ReAct ask for it, if it names a tool.
var react = regexp.MustCompile(`(?im)^\s*action\s*:\W*([\w.-]+)|^\s*action[ _]input\s*:`)

// token is any other mark of a chat template. It means nothing.
var token = regexp.MustCompile(`(?:<\|start\|>(?:assistant)?|<\|im_start\|>(?:assistant)?)?` +
	`<\|channel\|>\s*final\s*(?:<\|constrain\|>\w+\s*)?<\|message\|>|` +
	`<\|im_start\|>(?:assistant)?|<\|start\|>(?:assistant)?|<(?:\||｜)[^<>|｜]{1,40}(?:\||｜)>|</?s>`)

// fence begins or ends a block.
var fence = regexp.MustCompile("```[a-zA-Z_]*")

// maxRead bounds what is searched for calls, in bytes. No answer has as much.
const maxRead = 64 << 10

func readWritten(text string, tools []Tool) (w written) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "\ufeff")
	searched := text[:min(len(text), maxRead)]
	names := namesOf(tools)
	whole := strings.TrimSpace(fence.ReplaceAllString(searched, ""))
	isJSON := strings.HasPrefix(whole, "{") || strings.HasPrefix(whole, "[{")
	w.marked = mark.MatchString(searched) || hasTagOf(searched, names)
	for _, m := range react.FindAllStringSubmatch(searched, -1) {
		w.marked = w.marked || m[1] != "" && slices.Contains(names, withoutNamespace(m[1]))
	}

	var rest strings.Builder
	at := 0
	for _, v := range findJSON(searched) {
		before := searched[at:v.from]
		calls := readCalls(v.text, names, w.marked || isJSON && v.text == whole)
		if len(calls) == 0 {
			calls = readNamed(before, v.text, names, w.marked)
		}

		if len(calls) == 0 {
			continue
		}
		w.calls = append(w.calls, calls...)
		rest.WriteString(before)
		at = v.to
	}
	rest.WriteString(text[at:])

	if len(w.calls) > 0 {
		w.prose = tidy(rest.String(), names)
		return w
	}

	lastLine := whole[strings.LastIndexByte(whole, '\n')+1:]
	switch reply, ok := readReply(whole); {
	case ok:
		w.prose, w.isReply = reply, true
	case w.marked || isPythonic(whole, names) || isPythonic(lastLine, names):
		w.objection = errUnread
	case isJSON && (!json.Valid([]byte(whole)) || namesOneOf(whole, names)):
		w.objection = errUnread
	case isJSON || whole == "null" || whole == "[]":
		w.objection = errJSON
	}

	return w
}

// hasTagOf reports whether a text has a tag with the name of a tool.
func hasTagOf(text string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return strings.Contains(text, "<"+name+">") || strings.Contains(text, "<"+name+"/>")
	})
}

// namesOneOf reports whether JSON, or what was to be JSON, has the name of a tool as a string.
func namesOneOf(text string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(text, `"`+name+`"`) })
}

// tidy is what is left to say beside calls: no marks, no fences, and no names of tools by themselves.
func tidy(text string, names []string) string {
	for _, x := range []*regexp.Regexp{mark, react, fence} {
		text = x.ReplaceAllString(text, "\n")
	}

	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		word := strings.Trim(line, "()[]{},;:=\"'` ")
		isName := slices.Contains(names, withoutNamespace(word))
		if word != "" && !isName && !noise[strings.ToLower(word)] {
			lines = append(lines, line)
		}
	}

	return strings.Join(lines, "\n")
}

// noise are words of templates.
var noise = map[string]bool{
	"function": true, "functools": true, "json": true,
	"assistant": true, "commentary": true, "final": true,
}

// A span is a JSON object or list of objects within a text.
type span struct {
	from, to int
	text     string
}

// maxTries bounds how many beginnings are tried.
const maxTries = 256

// findJSON returns the objects, and lists of objects, in a text.
func findJSON(text string) (found []span) {
	for i, tries := 0, 0; i < len(text) && tries < maxTries; i++ {
		if text[i] != '{' && text[i] != '[' {
			continue
		}
		tries++

		var v json.RawMessage
		d := json.NewDecoder(strings.NewReader(text[i:]))
		isList := text[i] == '['
		if isList && !strings.HasPrefix(strings.TrimSpace(text[i+1:]), "{") || d.Decode(&v) != nil {
			continue
		}
		to := i + int(d.InputOffset())
		found = append(found, span{i, to, text[i:to]})
		i = to - 1
	}

	return found
}

// Keys under which models write the parts of a call.
var (
	nameKeys = []string{"name", "tool", "tool_name", "function", "function_name", "recipient_name", "action"}
	argsKeys = []string{"arguments", "args", "parameters", "params", "input", "tool_input", "action_input",
		"tool_arguments", "kwargs"}
	wrapKeys = []string{"tool_calls", "function_calls", "calls", "tool_uses", "tool_call",
		"function_call", "call",
		"function"}
)

// readCalls returns the calls that a JSON value is. It takes an object for a call if it names one of the
// tools; if it must be one, by its shape alone.
func readCalls(text string, names []string, must bool) (calls []Call) {
	var list []json.RawMessage
	if json.Unmarshal([]byte(text), &list) == nil {
		for _, item := range list {
			of := readCalls(string(item), names, must)
			if len(of) == 0 {
				return nil
			}
			calls = append(calls, of...)
		}
		return calls
	}

	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) != nil {
		return nil
	}

	for _, key := range wrapKeys {
		if v := object[key]; len(v) > 0 && (v[0] == '{' || v[0] == '[') {
			if calls = readCalls(string(v), names, must); len(calls) > 0 {
				return calls
			}
		}
	}

	if call, ok := readCall(object, names, must); ok {
		return []Call{call}
	}
	return nil
}

func readCall(object map[string]json.RawMessage, names []string, must bool) (c Call, ok bool) {
	var args json.RawMessage
	for _, key := range argsKeys {
		if v, has := object[key]; has && args == nil {
			args = objectOf(v)
		}
	}

	for _, key := range nameKeys {
		var name string
		if json.Unmarshal(object[key], &name) != nil {
			continue
		}
		isOffered := slices.Contains(names, withoutNamespace(name))
		if isOffered && (args != nil || len(object) == 1) || must && args != nil && name != "" {
			return Call{Tool: offeredName(name, names), Args: orEmpty(args)}, true
		}
	}

	for name, v := range object { // {"book": {"flight": "UA1"}}
		if args := objectOf(v); len(object) == 1 && args != nil && slices.Contains(names, name) {
			return Call{Tool: name, Args: args}, true
		}
	}

	return Call{}, false
}

// objectOf is a value if it is an object, or a string that has one; null is an empty one. It is nil
// otherwise.
func objectOf(v json.RawMessage) json.RawMessage {
	var inner string
	isString := json.Unmarshal(v, &inner) == nil
	v = bytes.TrimSpace(v)
	switch {
	case isString && strings.HasPrefix(strings.TrimSpace(inner), "{") && json.Valid([]byte(inner)):
		return json.RawMessage(inner)
	case len(v) > 0 && v[0] == '{':
		return v
	case string(v) == "null":
		return json.RawMessage("{}")
	}
	return nil
}

// readNamed takes an object for the arguments of a call if the words before it end in the name of a tool, and
// a mark says that there is a call or nothing else is said.
func readNamed(before, object string, names []string, marked bool) []Call {
	if !strings.HasPrefix(object, "{") {
		return nil
	}

	words := strings.FieldsFunc(before, func(r rune) bool { return !isNameRune(r) })
	for i, word := range slices.Backward(words) {
		if name := withoutNamespace(word); slices.Contains(names, name) && (marked || i == 0) {
			return []Call{{Tool: name, Args: json.RawMessage(object)}}
		}
	}
	return nil
}

func isNameRune(r rune) bool {
	isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return isLetter || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.'
}

// readReply reads a reply that a model has written in the form of ToolsBySchema.
func readReply(text string) (string, bool) {
	var object map[string]json.RawMessage
	var reply string
	if json.Unmarshal([]byte(text), &object) != nil || len(object) != 1 {
		return "", false
	}
	return reply, json.Unmarshal(object["reply"], &reply) == nil && reply != ""
}

// isPythonic reports whether a text is nothing but a call as programs write it: [book(flight="UA1")].
func isPythonic(text string, names []string) bool {
	text = strings.TrimPrefix(strings.TrimLeft(text, "[( \n"), "print(")
	head, _, ok := strings.Cut(text, "(")
	return ok && strings.HasSuffix(strings.TrimRight(text, "]; \n`"), ")") &&
		slices.Contains(names, withoutNamespace(strings.TrimSpace(head)))
}

// withoutNamespace is a name as it is offered: some models put "functions." before it.
func withoutNamespace(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// offeredName is the name of a tool that is offered, if there is one for what was written.
func offeredName(name string, names []string) string {
	if short := withoutNamespace(name); !slices.Contains(names, name) && slices.Contains(names, short) {
		return short
	}
	return name
}

func namesOf(tools []Tool) (names []string) {
	for _, t := range tools {
		names = append(names, t.Name)
	}
	return names
}
