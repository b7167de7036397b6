package llm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// An Operator asks a model for an Out about an In: instructions first, live facts last, checked, repaired
// once. It is a topology.Operator. All functions must be pure: they may run again, on other goroutines.
//
// Out is a struct of what the model says, in the order in which it should say it: a reason before the
// choice. Its JSON Schema comes from its fields and their tags:
//
//	Action string `json:"action" jsonschema:"what to do about it" enum:"rebook,keep,refund"`
//
// `json` names a field and makes it optional with omitempty or omitzero. `jsonschema` describes it, as in
// the MCP SDK; `jsonschema:"-"` hides it from the model, for Complete to fill. `enum` lists what may be
// chosen, with `\\,` for a comma within a value, and `format` names a format of JSON Schema, such as date.
//
// An answer is held to that schema before it is decoded. null is no answer: what may be missing is optional.
// A type with MarshalText and UnmarshalText is a string. One with MarshalJSON and UnmarshalJSON needs a
// method JSONSchema() json.RawMessage, which says what it writes; the schema type of any library will do as
// well. A type may contain itself.
type Operator[In, Out any] struct {
	Model Model
	// Instructions are the same for all cases, so that the server keeps them evaluated.
	Instructions string
	// Prompt states the facts of a case. Text that people wrote goes through Quote. Defaults to fmt.Sprint.
	Prompt func(In) string
	// Choices lists, by JSON field of Out, what it may be now: numbers and truth values in JSON, texts as
	// they stand. Defaults to anything.
	Choices func(In) map[string][]string
	// Complete fills what the model need not say. Defaults to nothing.
	Complete func(In, Out) Out
	// Validate returns why an answer does not hold for a case. It runs when the model has answered, and
	// again when the answer settles. Defaults to nil: every answer holds.
	Validate func(In, Out) error
	// Fallback answers without a model. Defaults to leaving the case unsettled.
	Fallback func(In, error) (Out, error)
	// Version of the prompt, for the provenance. Defaults to a hash of Instructions.
	Version string

	// MaxTokens bounds the answer. Defaults to 512.
	MaxTokens int
	// MaxPromptTokens bounds the prompt, by an estimate. Defaults to the model's own bound.
	MaxPromptTokens int
	// Trim drops the least of the facts shown. It returns false if there are no more to drop. Defaults to
	// dropping none.
	Trim func(In) (In, bool)
}

// Decide asks the model, decodes its answer and checks it. If the answer does not hold, Decide shows the
// objection and asks once more. It returns the provenance with a failure, too, as far as it got.
//
// Errors of the model are returned as they are. An answer that cannot be used is ErrInvalid. A prompt over
// MaxPromptTokens that Trim cannot shorten is ErrRefused, and not sent.
func (o Operator[In, Out]) Decide(ctx context.Context,
	in In) (out Out, provenance map[string]string, err error) {
	usage := Usage{Version: cmp.Or(o.Version, VersionOf(o.Instructions))}

	r, err := o.request(in, &usage)
	if err != nil {
		return out, usage.Provenance(""), err
	}

	var objection error
	for _, by := range []string{ByModel, ByRepair} {
		reply, err := OnRecord(o.Model).Chat(ctx, r)
		if err != nil {
			return out, usage.Provenance(""), err
		}
		usage.Add(reply)
		reply = withoutThoughts(reply)

		var answer Out

		answer, objection = o.decode(ctx, in, reply)
		if objection == nil {
			return answer, usage.Provenance(by), nil
		}

		if reply.InThoughts {
			break // it would think as long again
		}
		r.Messages = append(r.Messages, reply.Message, Repair(objection))
	}

	return out, usage.Provenance(""), &Error{Kind: ErrInvalid, Err: objection}
}

func (o Operator[In, Out]) request(in In, usage *Usage) (Request, error) {
	shown, prompt, err := o.fit(in, usage)
	if err != nil {
		return Request{}, err
	}

	schema, err := Schema[Out](o.choices(shown))
	if err != nil {
		return Request{}, &Error{
			Kind:   ErrRefused,
			Err:    err,
			Remedy: "Choices must name fields of the answer, and offer values that they can hold",
		}
	}

	return Request{
		Messages:  []Message{{Role: System, Text: o.Instructions}, {Role: User, Text: prompt}},
		Schema:    schema,
		MaxTokens: cmp.Or(o.MaxTokens, 512),
	}, nil
}

func (o Operator[In, Out]) choices(in In) map[string][]string {
	if o.Choices == nil {
		return nil
	}
	return o.Choices(in)
}

// Repair is the message that shows a model what was wrong with its answer and asks for another one. It
// follows the answer in the chat.
func Repair(objection error) Message {
	text := "That answer was refused: " + objection.Error() + "\nAnswer again, so that it holds."
	return Message{Role: User, Text: text}
}

// decode returns the answer, or an objection with a line for each thing that is wrong with it.
func (o Operator[In, Out]) decode(ctx context.Context, in In, reply Reply) (out Out, objection error) {
	text := []byte(reply.Message.Text)

	v, err := decodeExact(text)
	if err == nil {
		err = holdTo[Out](v)
	}

	if err == nil {
		err = read(inGo(text, v), &out)
	}

	if err != nil {
		return out, fmt.Errorf("llm: the reply is no %T: %w", out, cmp.Or(cutOff(reply), err))
	}

	if o.Complete != nil {
		out = o.Complete(in, out)
	}

	return out, o.Check(ctx, in, out)
}

// read decodes an answer that holds by its schema. The error names the field, if it is that of one.
func read(text []byte, out any) error {
	err := json.Unmarshal(text, out)
	if err == nil {
		return nil
	}

	if name, value, why := findUnreadable(text, out); why != nil {
		f := fault{path: name, want: asTypeSays(why), got: excerpt(string(value))}
		return errors.New(f.sentence("the answer", "field"))
	}

	return err
}

// holdTo returns what is wrong with an answer by the schema of its type. Check knows what is offered.
func holdTo[Out any](v any) error {
	schema, err := Schema[Out](nil)
	if err != nil {
		return err
	}

	j, err := judgeOf(schema, ours)
	if err != nil {
		return err
	}

	var errs []error
	for _, f := range j.faults(v) {
		errs = append(errs, errors.New(f.sentence("the answer", "field")))
	}

	return errors.Join(errs...)
}

// Declared returns why the operator can't decide anything: Out has no JSON Schema, Choices names a field that
// Out has not, or it has no Model, or neither Instructions nor a Prompt. A topology asks it when it is
// validated. What Choices offers is seen only case by case.
func (o Operator[In, Out]) Declared() error {
	s, err := typeSchema(reflect.TypeFor[Out]())
	if err != nil {
		return err
	}

	for _, field := range slices.Sorted(maps.Keys(o.choicesOfNothing())) {
		if _, err := chosenField[Out](s, field); err != nil {
			return err
		}
	}

	return o.missing()
}

// choicesOfNothing are the choices of the zero case, which Choices need not expect.
func (o Operator[In, Out]) choicesOfNothing() (choices map[string][]string) {
	defer func() { _ = recover() }()

	var zero In

	return o.choices(zero)
}

// Check implements topology.Operator: an answer holds if its fields are among the Choices of now, and if
// Validate accepts it.
func (o Operator[In, Out]) Check(_ context.Context, in In, out Out) error {
	if err := checkOffered(out, o.choices(in)); err != nil {
		return err
	}

	if o.Validate == nil {
		return nil
	}
	return o.Validate(in, out)
}

// Warm implements topology.Warmer: see [WarmUp].
func (o Operator[In, Out]) Warm(ctx context.Context) error {
	if o.Model == nil {
		return nil
	}
	return WarmUp(ctx, o.Model, o.Instructions)
}

// GiveUp implements topology.Operator with Fallback.
func (o Operator[In, Out]) GiveUp(in In, cause error) (out Out, err error) {
	if o.Fallback == nil {
		return out, cause
	}
	return o.Fallback(in, cause)
}
