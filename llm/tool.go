package llm

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/text"
)

// A Tool is a function that a model may ask to have called. A Model never calls it; the program does, by
// Call or RunTools. It is safe for use by several goroutines if its Run is.
type Tool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	// Schema is the JSON Schema of the arguments, an object. Defaults to any object.
	Schema json.RawMessage `json:"schema"`
	// Run does it. Its errors are for the model to read: they tell what was wrong and what would be right.
	// A result with a method AsOf() time.Time tells when it was so; any other result is as of its call.
	Run func(ctx context.Context, args json.RawMessage) (any, error) `json:"-"`

	// Timeout of one call. Defaults to 10 seconds.
	Timeout time.Duration `json:"-"`
	// MaxResult is the bytes of a result in JSON. A larger one is an error. Defaults to 32 KiB.
	MaxResult int `json:"-"`

	checksItself bool // Run checks its arguments
}

// NewTool makes a tool of a function. Args is a struct: its fields and their tags make the schema, as they
// do for the answer of an [Operator].
//
// Its Run checks its arguments strictly, against the schema and the type: those that don't hold are an
// [ArgumentError], and run is not called. It returns a Result; a panic in run is an error. NewTool itself
// panics if Args has no JSON Schema or is no object, which is a mistake of the program.
func NewTool[Args, Result any](name, description string,
	run func(context.Context, Args) (Result, error)) Tool {
	schema, judge, err := argumentsOf[Args]()
	if err != nil {
		panic(fmt.Sprintf("llm: tool %s: its arguments, %v: %v", name, reflect.TypeFor[Args](), err))
	}
	t := Tool{Name: name, Description: description, Schema: schema, checksItself: true}
	t.Run = func(ctx context.Context, raw json.RawMessage) (result any, err error) {
		defer recoverTo(name, &err)

		v, err := checkArguments(name, judge, raw)
		if err != nil {
			return nil, err
		}

		var a Args
		if err := decode(name, raw, v, &a); err != nil {
			return nil, err
		}

		return run(ctx, a)
	}

	return t
}

func argumentsOf[Args any]() (json.RawMessage, *judge, error) {
	s, err := typeSchema(reflect.TypeFor[Args]())
	if err != nil {
		return nil, nil, err
	}

	if s.Type != "object" {
		return nil, nil, errors.New("must be a struct")
	}

	text, err := json.Marshal(s)
	if err != nil {
		return nil, nil, err
	}
	j, err := newJudge(text, ours)

	return text, j, err
}

// recoverTo makes an error of a panic. What the panic says is not for the model, and may not be for the
// customer.
func recoverTo(tool string, err *error) {
	if p := recover(); p != nil {
		*err = &PanicError{Tool: tool, Value: p}
	}
}

// A PanicError is a panic in a tool. Its text leaves out the value.
type PanicError struct {
	Tool  string
	Value any
}

// Error implements error.
func (e *PanicError) Error() string { return e.Tool + ": failed" }

// Check returns what is wrong with arguments for the tool, by its schema: an [ArgumentError], or another
// error if the schema itself can't be used. No arguments at all stand for the empty object.
func (t Tool) Check(args json.RawMessage) error {
	j, err := judgeOf(t.Schema, foreign)
	if err != nil {
		return fmt.Errorf("llm: the schema of tool %s: %w", t.Name, err)
	}
	_, err = checkArguments(t.Name, j, args)

	return err
}

// Call checks the arguments, runs the tool for at most Timeout, and encodes its result. The JSON has < >
// and & escaped, so that no result can spell a mark by which chat templates tell the turns apart.
//
// Every error except for those of ctx may be shown to the model. A tool that does not return when its
// context ends is left alone, on its goroutine.
func (t Tool) Call(ctx context.Context, args json.RawMessage) (json.RawMessage, error) {
	v, err := t.call(ctx, args)
	if err != nil {
		return nil, err
	}
	return t.encode(v)
}

// call is Call without the encoding.
func (t Tool) call(ctx context.Context, args json.RawMessage) (any, error) {
	if !t.checksItself {
		if err := t.Check(args); err != nil {
			return nil, err
		}
	}

	limit := cmp.Or(t.Timeout, 10*time.Second)

	inner, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	done := make(chan outcome, 1)
	go func() { done <- t.run(inner, orEmpty(args)) }()

	select {
	case o := <-done:
		if o.err == nil || inner.Err() == nil {
			return o.v, o.err
		}
	case <-inner.Done():
	}

	if ctx.Err() != nil {
		return nil, ctx.Err()
	}

	return nil, fmt.Errorf("%s: no result in %v", t.Name, limit)
}

type outcome struct {
	v   any
	err error
}

func (t Tool) run(ctx context.Context, args json.RawMessage) (o outcome) {
	defer recoverTo(t.Name, &o.err)
	o.v, o.err = t.Run(ctx, args)
	o.err = tellable(t.Name, o.err)

	return o
}

// maxError bounds what a model is told of an error, in bytes.
const maxError = 4 << 10

// tellable returns an error that a model can be told, whatever a tool has returned: one that can't be read,
// such as a nil pointer by mistake, has that told instead. It is never empty, and not too long.
func tellable(tool string, err error) (told error) {
	if err == nil {
		return nil
	}
	defer recoverTo(tool, &told)

	switch says := err.Error(); {
	case strings.TrimSpace(says) == "":
		return &toldError{tool + ": failed, and did not say why", err}
	case len(says) > maxError:
		return &toldError{text.TruncateBytes(says, maxError), err}
	}
	return err
}

// A toldError is an error in other words.
type toldError struct {
	words string
	err   error
}

func (e *toldError) Error() string { return e.words }
func (e *toldError) Unwrap() error { return e.err }

func (t Tool) encode(v any) (b json.RawMessage, err error) {
	defer recoverTo(t.Name, &err)

	b, err = json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%s: its result is no JSON: %w", t.Name, err)
	}

	limit := cmp.Or(t.MaxResult, 32<<10)
	if len(b) > limit {
		return nil, fmt.Errorf("%s: the result has %d bytes, more than %d: ask for less", t.Name, len(b),
			limit)
	}

	return b, nil
}

func orEmpty(args json.RawMessage) json.RawMessage {
	if len(bytes.TrimSpace(args)) == 0 {
		return json.RawMessage("{}")
	}
	return args
}
