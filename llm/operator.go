package llm

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
)

// An Operator asks a model for an Out about an In: instructions first, live facts last, checked, repaired once.
// It is a topology.Operator. All functions must be pure: they may run again, on other goroutines.
//
// Out is a struct of what the model says, in the order in which it should say it: a reason before the choice. Its
// JSON Schema comes from its fields and their tags:
//
//	Action string `json:"action" jsonschema:"what to do about it" enum:"rebook,keep,refund"`
//
// `json` names a field and makes it optional with omitempty or omitzero. `jsonschema` describes it, as in the MCP
// SDK; `jsonschema:"-"` hides it from the model, for Complete to fill. `enum` lists what may be chosen, and `format`
// names a format of JSON Schema, such as date.
type Operator[In, Out any] struct {
	Model        Model
	Instructions string                       // The same for all cases, so that the server keeps them evaluated.
	Prompt       func(In) string              // The facts of this case; what people wrote, through Quote.
	Choices      func(In) map[string][]string // Per JSON field of Out, what it may be now. Defaults to anything.
	Complete     func(In, Out) Out            // Fills what the model need not say. Defaults to nothing.
	Validate     func(In, Out) error          // Against the case: when answered, and again when it settles. Defaults to yes.
	Fallback     func(In, error) (Out, error) // Without a model. Defaults to leaving the case unsettled.
	Version      string                       // Of the prompt, for the provenance. Defaults to a hash of Instructions.

	MaxTokens       int                 // Of the answer. Defaults to 512.
	MaxPromptTokens int                 // Of the prompt, estimated. Defaults to no bound but the model's.
	Trim            func(In) (In, bool) // Drops the least of the facts shown; false: no more to drop. Defaults to dropping none.
}

// Decide asks, decodes, checks, and asks once more with the objection shown. The strings are the provenance: they
// come with a failure too, as far as it got. Errors of the model are returned as they are; an answer that cannot
// be used is ErrInvalid; a prompt over MaxPromptTokens that Trim cannot shorten is ErrRefused, and not sent.
func (o Operator[In, Out]) Decide(ctx context.Context, in In) (out Out, provenance map[string]string, err error) {
	b := o.bill()
	r, err := o.request(in, &b)
	if err != nil {
		return out, b.Provenance(""), err
	}
	var objection error
	for _, by := range []string{ByModel, ByRepair} {
		reply, err := o.Model.Chat(ctx, r)
		if err != nil {
			return out, b.Provenance(""), err
		}
		b.Add(reply)
		var answer Out
		if answer, objection = o.decode(ctx, in, reply); objection == nil {
			return answer, b.Provenance(by), nil
		}
		r.Messages = append(r.Messages, reply.Message, Repair(objection))
	}
	return out, b.Provenance(""), &Error{Kind: ErrInvalid, Err: objection}
}

func (o Operator[In, Out]) request(in In, b *Usage) (Request, error) {
	shown, prompt, err := o.fit(in, b)
	if err != nil {
		return Request{}, err
	}
	schema, err := Schema[Out](o.choices(shown))
	if err != nil {
		return Request{}, &Error{Kind: ErrRefused, Err: err, Remedy: "Choices must name fields of the answer, and offer something for each"}
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

// Repair shows a model what was wrong with its answer, and asks for another. It follows that answer in the chat.
func Repair(objection error) Message {
	return Message{Role: User, Text: "That answer was refused: " + objection.Error() + "\nAnswer again, so that it holds."}
}

func (o Operator[In, Out]) decode(ctx context.Context, in In, reply Reply) (out Out, objection error) {
	if err := json.Unmarshal([]byte(reply.Message.Text), &out); err != nil && reply.Overlong {
		return out, fmt.Errorf("llm: the reply is no %T: it was cut off after %d tokens; be brief", out, reply.TokensOut)
	} else if err != nil {
		return out, fmt.Errorf("llm: the reply is no %T: %w", out, err)
	}
	if o.Complete != nil {
		out = o.Complete(in, out)
	}
	return out, o.Check(ctx, in, out)
}

// Check implements topology.Operator: an answer holds if its fields are among the Choices of now, and if Validate
// accepts it.
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
