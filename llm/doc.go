// Package llm asks language models for typed answers. It knows no stream.
//
// An operator that judges complaints, by a model that may answer only what code allows:
//
//	type verdict struct {
//		Reason string `json:"reason"`
//		Action string `json:"action"`
//	}
//
//	judge := llm.Operator[complaint, verdict]{
//		Model:        llm.Resilient(llm.Ollama("qwen2.5-coder:1.5b"), llm.ResilientConfig{}),
//		Instructions: "You answer complaints. Give a reason, then an action.",
//		Prompt:       func(c complaint) string { return "A customer writes: " + llm.Quote(c.Text) },
//		Choices: func(c complaint) map[string][]string {
//			return map[string][]string{"action": c.allowed()}
//		},
//	}
//	out, provenance, err := judge.Decide(ctx, c)
//
// The Example of Operator runs it.
//
// # Contract
//
// A [Model] answers a chat. [Ollama] is one, and package llmtest has scripted, recorded and failing ones.
// [Resilient] adds retries, a circuit breaker and a time limit to any of them.
//
// An [Operator] asks a Model for an Out about an In. Code computes, and the model reads: the instructions
// are the same for every case and come first, so that the server keeps them evaluated; the facts of the
// case come last; code computes what may be chosen, which becomes the enums of a JSON Schema, so that no
// other choice can be written. The answer is held to that schema, whatever the server did, and checked
// against the case. If it does not hold, the model is shown each objection and answers once more. If that
// does not hold either, Decide returns an error, and the caller falls back.
//
// A [Tool] is a function that a model may ask for. [NewTool] makes one of a Go function, and package mcp
// takes them from a server. [RunTools] makes the calls that a model asks for. A model asks by its own tool
// calls, or by [ToolsBySchema].
//
// Valid is not right: a model never grants anything. Text that people wrote is data, never an instruction,
// so it goes into a prompt through [Quote].
//
// Errors are grouped by how far a call came: [ErrUnavailable], [ErrTruncated], [ErrRefused], [ErrInvalid].
// The group tells whether to ask again, and an [Error] has a remedy for people.
package llm
