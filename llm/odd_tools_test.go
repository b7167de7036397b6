package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// panickyJSON can't be written as JSON.
type panickyJSON struct{}

func (panickyJSON) MarshalJSON() ([]byte, error) { panic("secret") }

// A dated result says when it was so.
type dated struct{ at time.Time }

func (d *dated) AsOf() time.Time { return d.at }

// A pointerError may be a nil pointer.
type pointerError struct{ says string }

func (e *pointerError) Error() string { return e.says }

// Whatever a tool returns is a result, or an error that the model can be told: it ends no worker, and can go
// on record.
func TestToolsMayReturnAnything(t *testing.T) {
	var (
		noResult *dated
		noError  *pointerError
	)
	broken := json.RawMessage("{")
	for name, c := range map[string]struct {
		result any
		err    error
		want   string // what the model is told begins with it
	}{
		"no result":                   {want: "null"},
		"what is no JSON":             {result: make(chan int), want: "error: odd: its result is no JSON"},
		"what panics as JSON":         {result: panickyJSON{}, want: "error: odd: failed"},
		"broken JSON":                 {result: broken, want: "error: odd: its result is no JSON"},
		"bytes that are no text":      {result: "\xff\x00", want: `"\ufffd\u0000"`},
		"a nil pointer with a date":   {result: noResult, want: "error: odd: failed"},
		"a date that JSON has not":    {result: &dated{time.Unix(1<<40, 0)}, want: "{}"},
		"a nil pointer as an error":   {err: noError, want: "error: odd: failed"},
		"an empty error":              {err: errors.New(" "), want: "error: odd: failed, and did not"},
		"an error of megabytes":       {err: errors.New(strings.Repeat("x", 5<<20)), want: "error: xxx"},
		"an error with a nil pointer": {err: errors.Join(noError), want: "error: odd: failed"},
	} {
		t.Run(name, func(t *testing.T) {
			tool := llm.Tool{
				Name: "odd",
				Run:  func(context.Context, json.RawMessage) (any, error) { return c.result, c.err },
			}
			began := time.Now()
			got := llm.RunTools(t.Context(), []llm.Tool{tool}, []llm.Call{{Tool: "odd"}})

			told := got[0].Message().Text
			if !strings.HasPrefix(told, c.want) || len(told) > 5000 {
				t.Errorf("%.200q is told, want %q", told, c.want)
			}
			if at := got[0].AsOf; at.Before(began.UTC().Round(0)) || at.After(time.Now()) {
				t.Errorf("it was so at %v", at)
			}
			if _, err := json.Marshal(got); err != nil {
				t.Error(err)
			}
		})
	}
}
