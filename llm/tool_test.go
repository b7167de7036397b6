package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

type passenger struct {
	Name string    `json:"name"`
	Born time.Time `json:"born,omitzero"`
}

type booking struct {
	Flight     string      `json:"flight" jsonschema:"number and date"`
	Cabin      string      `json:"cabin" enum:"economy,business"`
	Passengers []passenger `json:"passengers"`
	Bags       uint8       `json:"bags,omitempty"`
}

func book() llm.Tool {
	return llm.NewTool("book", "Book seats.", func(_ context.Context, b booking) (map[string]any, error) {
		switch b.Flight {
		case "full":
			return nil, errors.New("no seats on that flight: choose another")
		case "panics":
			panic("secret")
		}
		return map[string]any{"booked": len(b.Passengers)}, nil
	})
}

const booked = `{"flight":"UA1","cabin":"economy","passengers":[{"name":"Ann"}]}`

func TestArgumentsThatDoNotHold(t *testing.T) {
	for args, says := range map[string]string{
		`{"cabin":"economy","passengers":[]}`:                                           `book: argument "flight" is missing: it must be a string`,
		`{"flight":7,"cabin":"economy","passengers":[]}`:                                `book: argument "flight" must be a string, not 7`,
		`{"flight":"UA1","cabin":"first","passengers":[]}`:                              `book: argument "cabin" must be one of "economy", "business", not "first"`,
		`{"flight":"UA1","cabin":"economy","passengers":[],"Cabin":"business"}`:         `book: there is no argument "Cabin"`,
		`{"flight":"UA1","cabin":"economy","passengers":[{"name":"Ann"},{"nam":"Bo"}]}`: `book: argument "passengers[1].name" is missing: it must be a string`,
		`{"flight":"UA1","cabin":"economy","passengers":{"name":"Ann"}}`:                `book: argument "passengers" must be an array, not {"name":"Ann"}`,
		`{"flight":"UA1","cabin":"economy","passengers":[],"bags":-1}`:                  `book: argument "bags" must be an integer, at least 0, at most 255, not -1`,
		`{"flight":"UA1","cabin":"economy","passengers":[],"bags":300}`:                 `book: argument "bags" must be an integer, at least 0, at most 255, not 300`,
		`{"flight":"UA1","cabin":"economy","passengers":[{"name":"Ann","born":"May"}]}`: `book: argument ` +
			`"passengers[0].born" must be a string (date-time), not "May"`,
		`["UA1"]`: `book: the arguments must be a JSON object, not ["UA1"]`,
		`null`:    `book: the arguments must be a JSON object, not null`,
		`{"flig`:  `book: the arguments must be a JSON object, not {"flig`,
		``:        `book: argument "flight" is missing: it must be a string`,
	} {
		_, err := book().Call(t.Context(), json.RawMessage(args))
		var typed *llm.ArgumentError
		if !errors.As(err, &typed) || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%s\ngot  %v\nwant %s", args, err, says)
		}
	}
}

// The same words for a tool that comes with a schema of its own, which may be more than Go's types make.
func TestArgumentsOfAForeignSchema(t *testing.T) {
	tool := llm.Tool{
		Name: "find",
		Schema: json.RawMessage(`{"type":"object","required":["to"],"$defs":{"city":{"type":"string","minLength":3}},
			"properties":{"to":{"$ref":"#/$defs/city"},"on":{"type":["string","null"]},"by":{"anyOf":[{"const":"price"},{"const":"time"}]},"code":{"type":"string","pattern":"^[A-Z]{3}$"}}}`),
		Run: func(_ context.Context, args json.RawMessage) (any, error) { return string(args), nil },
	}
	for args, says := range map[string]string{
		`{"to":"SEA","on":null,"by":"price","more":1}`: "",
		`{}`:                         `find: argument "to" is missing`,
		`{"to":"X"}`:                 `find: argument "to" must be a string, at least 3 characters, not "X"`,
		`{"to":"SEA","on":4}`:        `find: argument "on" must be a string or null, not 4`,
		`{"to":"SEA","by":"beauty"}`: `find: argument "by" must be one of "price", "time", not "beauty"`,
		`{"to":"SEA","code":"x"}`:    `find: argument "code" must be a string that matches ^[A-Z]{3}$, not "x"`,
	} {
		_, err := tool.Call(t.Context(), json.RawMessage(args))
		if says == "" && err != nil || says != "" && (err == nil || !strings.HasPrefix(err.Error(), says)) {
			t.Errorf("%s: %v; want %s", args, err, says)
		}
	}

	tool.Schema = json.RawMessage(`{"$schema":"https://json-schema.org/draft/2019-09/schema","required":["to"]}`)
	if _, err := tool.Call(t.Context(), nil); err == nil ||
		err.Error() != `find: argument "to" is missing: it must be there` {
		t.Error(err)
	}

	tool.Schema = nil
	if got, err := tool.Call(t.Context(), json.RawMessage(`{"a":1}`)); err != nil ||
		string(got) != `"{\"a\":1}"` {
		t.Errorf("%s, %v", got, err)
	}

	tool.Schema = json.RawMessage(`{"$ref":"#/$defs/none"}`)
	if _, err := tool.Call(t.Context(), nil); err == nil ||
		!strings.Contains(err.Error(), "the schema of tool find") {
		t.Error(err)
	}
}

func TestCallsOfOneAnswer(t *testing.T) {
	call := func(tool, args string) llm.Call { return llm.Call{Tool: tool, Args: json.RawMessage(args)} }
	with := func(flight string) string { return strings.Replace(booked, "UA1", flight, 1) }

	calls := []llm.Call{
		call("book", booked), call("book", with("full")), call("book", with("panics")), call("fly",
			"{}"), call("book", "{}"),
		call("book", booked), call("book", booked), call("book", booked), call("book", booked),
	}
	const missing = `error: book: argument "flight" is missing: it must be a string
book: argument "cabin" is missing: it must be one of "economy", "business"
book: argument "passengers" is missing: it must be an array`

	got := llm.RunTools(t.Context(), []llm.Tool{book()}, calls)
	for i, want := range []string{
		`{"booked":1}`, `error: no seats on that flight: choose another`, `error: book: failed`, `error: there is no tool "fly"; there are ["book"]`,
		missing, `{"booked":1}`, `{"booked":1}`, `{"booked":1}`, `error: not called: at most 8 calls at once`,
	} {
		m := got[i].Message()
		if m.Text != want || m.Role != llm.ToolRole || m.Calls[0].Tool != calls[i].Tool {
			t.Errorf("%d: %+v, want %s", i, m, want)
		}
	}

	var panicked *llm.PanicError
	if !errors.As(got[2].Failure, &panicked) || panicked.Value != "secret" {
		t.Errorf("%v", got[2].Failure)
	}
}

// Tools run at once, each within its own limit; one that does not heed its context is left behind.
func TestToolsThatHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := make(chan struct{})
		slow := llm.NewTool("slow", "", func(context.Context, struct{}) (string, error) {
			time.Sleep(6 * time.Second)
			return "done", nil
		})
		deaf := llm.NewTool("deaf", "", func(context.Context, struct{}) (string, error) {
			<-left
			return "", nil
		})

		defer close(left)
		heeds := llm.NewTool("heeds", "", func(ctx context.Context,
			_ struct{}) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})

		deaf.Timeout = 8 * time.Second
		began := time.Now()
		got := llm.RunTools(t.Context(), []llm.Tool{slow, deaf, heeds},
			[]llm.Call{{Tool: "slow"}, {Tool: "deaf"}, {Tool: "heeds"}})
		for i, want := range []struct {
			text string
			took time.Duration
		}{{`"done"`, 6 * time.Second}, {"error: deaf: no result in 8s",
			8 * time.Second}, {"error: heeds: no result in 10s", 10 * time.Second}} {
			if got[i].Message().Text != want.text || got[i].Took != want.took || !got[i].AsOf.Equal(began) {
				t.Errorf("%+v", got[i])
			}
		}
	})
}

func TestToolsEndWithTheirStep(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	tool := llm.NewTool("waits", "", func(ctx context.Context,
		_ struct{}) (string, error) {
		cancel()
		<-ctx.Done()
		return "", ctx.Err()
	})
	if got := llm.RunTools(ctx, []llm.Tool{tool}, []llm.Call{{Tool: "waits"}}); !errors.Is(got[0].Failure,
		context.Canceled) {
		t.Errorf("%+v", got)
	}
}

type quote struct {
	Price int       `json:"price"`
	Time  time.Time `json:"time"`
}

func (q quote) AsOf() time.Time { return q.Time }

func TestResultSaysWhenItWasSo(t *testing.T) {
	noon := time.Date(2024, 5, 15, 12, 0, 0, 0, time.UTC)
	tool := llm.NewTool("quote", "", func(context.Context, struct{}) (quote, error) {
		return quote{7, noon}, nil
	})
	if got := llm.RunTools(t.Context(), []llm.Tool{tool},
		[]llm.Call{{Tool: "quote"}}); !got[0].AsOf.Equal(noon) ||
		string(got[0].Result) != `{"price":7,"time":"2024-05-15T12:00:00Z"}` {
		t.Errorf("%+v", got[0])
	}
}

func TestResultsAreBoundedAndSpellNoMarks(t *testing.T) {
	say := func(s string) llm.Tool {
		return llm.NewTool("say", "", func(context.Context, struct{}) (string, error) { return s, nil })
	}
	if got, err := say("<|im_start|>system").Call(t.Context(), nil); err != nil ||
		strings.ContainsAny(string(got), "<>") {
		t.Errorf("%s, %v", got, err)
	}

	long := say(strings.Repeat("x", 100))
	long.MaxResult = 50
	if _, err := long.Call(t.Context(), nil); err == nil ||
		err.Error() != "say: the result has 102 bytes, more than 50: ask for less" {
		t.Error(err)
	}

	none := llm.NewTool("say", "", func(context.Context, struct{}) (func(), error) { return nil, nil })
	if _, err := none.Call(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "no JSON") {
		t.Error(err)
	}
}

func TestArgumentsMustBeAnObject(t *testing.T) {
	defer func() {
		if p := recover(); p == nil || !strings.Contains(p.(string), "tool say: its arguments, string") {
			t.Error(p)
		}
	}()
	llm.NewTool("say", "", func(context.Context, string) (string, error) { return "", nil })
}
