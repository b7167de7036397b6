package llm_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
)

// Whatever a server says of a tool, it is offered with its arguments held to what it says, or not offered.
//
//	go test -fuzz FuzzForeignTool ./llm
func FuzzForeignTool(f *testing.F) {
	for _, c := range readForeignSchemas(f) {
		f.Add(string(c.Schema), string(c.Yes))
		f.Add(string(c.Schema), string(c.No))
	}

	for schema := range uselessSchemas {
		f.Add(schema, `{"a":[1e400,{"b":null}]}`)
	}
	f.Fuzz(offersToolOrNot)
}

func offersToolOrNot(t *testing.T, schema, args string) {
	tool := llm.Tool{Name: "tool", Schema: json.RawMessage(schema)}
	_, useless := tool.CheckSchema()

	err := tool.Check([]byte(args))
	if useless == nil && err != nil && !errors.As(err, new(*llm.ArgumentError)) {
		t.Errorf("%s: %s: %v", schema, args, err)
	}

	r := prompt("?")
	r.Tools = []llm.Tool{tool}
	m := &asks{says: `{"tool":"tool","arguments":{}}`}

	reply, err := llm.ToolsBySchema(m).Chat(t.Context(), r)
	switch told := m.last.Messages[0].Text; {
	case err != nil:
		t.Errorf("%s: %v", schema, err)
	case strings.Contains(told, "\n- tool ") != (useless == nil):
		t.Errorf("%s: %v, but the model is told %s", schema, useless, told)
	case len(told) > 1<<20:
		t.Errorf("%s: the model is told %d bytes", schema, len(told))
	case useless == nil && (len(reply.Message.Calls) != 1 || !json.Valid(m.last.Schema)):
		t.Errorf("%s: %+v, held to %s", schema, reply.Message, m.last.Schema)
	}
}

// An answer decides nothing unless it is of its schema. Then it is read as it was written.
//
//	go test -fuzz FuzzReply ./llm
func FuzzReply(f *testing.F) {
	for _, seed := range replySeeds {
		f.Add(seed)
	}
	f.Fuzz(holdsOrIsInvalid)
}

var replySeeds = []string{
	decided, `{}`, `null`, "```json\n" + decided + "\n```", decided + decided, "\ufeff" + decided,
	`{"reason":"\ud83d","action":"refund","seats":255,"level":3.0,"day":"2026-11-28","notes":["a"]}`,
	`{"reason":"x","action":"keep","seats":1e999999999}`,
	`{"reason":"x","action":"keep","seats":0.1e1,"legs":[{"from":"SEA","seat":9007199254740993}]}`,
	`{"title":"a","parts":[{"title":"b","parts":[]}]}`,
	strings.Repeat(`{"title":"a","parts":[`, 1000) + strings.Repeat(`]}`, 1000),
	strings.Repeat(`[`, 20_000),
}

func holdsOrIsInvalid(t *testing.T, reply string) {
	holdsItselfOrIsInvalid[decision](t, reply)
	holdsItselfOrIsInvalid[tree](t, reply)
	holdsItselfOrIsInvalid[map[int][]*money](t, reply)
}

func holdsItselfOrIsInvalid[Out any](t *testing.T, reply string) {
	t.Helper()

	o := llm.Operator[string, Out]{Model: &asks{says: reply}}
	out, _, err := o.Decide(t.Context(), "?")
	if errors.Is(err, llm.ErrInvalid) {
		return
	}

	if err != nil {
		t.Errorf("%q: %v", reply, err)
		return
	}

	again, err := json.Marshal(out)
	if err != nil {
		t.Errorf("%q: %v", reply, err)
		return
	}
	holdsItself(t, out)

	if !json.Valid([]byte(reply)) {
		t.Errorf("%q is read as %s", reply, again)
	}
}

// A short form of both, for every run of the tests: the seeds with some of their parts in other places.
func TestSchemasAndRepliesThatNobodyHasThoughtOf(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	defer slog.SetDefault(before)

	var schemas, args []string
	for _, c := range readForeignSchemas(t) {
		schemas = append(schemas, string(c.Schema))
		args = append(args, string(c.Yes), string(c.No))
	}

	r := rand.New(rand.NewPCG(11, 28))
	for range 100 {
		offersToolOrNot(t, spliced(r, schemas), spliced(r, args))
		holdsOrIsInvalid(t, spliced(r, append(replySeeds[:9:9], args...)))
	}
}

// spliced puts a value of one JSON text in the place of one in another.
func spliced(r *rand.Rand, texts []string) string {
	into, from := texts[r.IntN(len(texts))], texts[r.IntN(len(texts))]

	var root, other any
	if json.Unmarshal([]byte(into), &root) != nil || json.Unmarshal([]byte(from), &other) != nil {
		return into + from
	}

	places := append(values(root), nil)
	donors := append(values(other), nil, 1e300, "", []any{})
	target, donor := places[r.IntN(len(places))], donors[r.IntN(len(donors))]

	out, err := json.Marshal(replaced(root, target, donor))
	if err != nil {
		return into
	}

	return string(out)
}

// values are v and all within it.
func values(v any) []any {
	all := []any{v}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			all = append(all, values(v[name])...)
		}
	case []any:
		for _, item := range v {
			all = append(all, values(item)...)
		}
	}

	return all
}

// replaced is v with what looks like target replaced.
func replaced(v, target, by any) any {
	if looksLike(v, target) {
		return by
	}

	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, item := range v {
			out[name] = replaced(item, target, by)
		}
		return out
	case []any:
		var out []any
		for _, item := range v {
			out = append(out, replaced(item, target, by))
		}
		return out
	}

	return v
}

func looksLike(a, b any) bool {
	x, _ := json.Marshal(a) // of what was JSON
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}
