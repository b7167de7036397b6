// Package llmtest has models for tests, and the suites that every llm.Model must pass: Conformance, and
// ToolUse if it calls tools.
//
// Script answers as it is told, in Go or by two verbs of .spec files; Recorded replays what a real model
// once said; Failing fails; Gate holds answers back; Obedient does what any text tells it. OllamaServer is
// an HTTP server that behaves as Ollama does on its bad days.
package llmtest
