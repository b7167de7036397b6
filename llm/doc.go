// Package llm asks language models for typed answers. It knows no stream.
//
// A Model answers a chat; Ollama is one, and llmtest has scripted, recorded and failing ones. Resilient wraps
// any of them with retries, a circuit breaker and a time limit.
//
// An Operator asks a Model for an Out about an In. Code computes, the model reads: the instructions are the same
// for every case and come first, so that the server keeps them evaluated; the facts of the case come last; what
// may be chosen is computed by code and becomes the enums of a JSON Schema, so that no other choice can be
// written. The answer is decoded, checked against the case, and asked for once more with the objection shown.
// What still does not hold is an error, for the caller to fall back on.
//
// A Tool is a function that a model may ask for, made of a Go function by NewTool, or taken from a server by package mcp.
// RunTools makes the calls that a model asks for. A model has them by its own tool calls, or by ToolsBySchema.
//
// Valid is not right: a grant is never the model's. Text that people wrote is data, never an instruction: put it
// into a prompt through Quote.
//
// Errors are grouped by how far a call came (ErrUnavailable, ErrRefused, ErrTruncated, ErrInvalid), which says whether to ask
// again, and carry a remedy for people.
package llm
