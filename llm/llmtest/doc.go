// Package llmtest has models for tests, and the suites that every llm.Model must pass.
//
// A package whose topology asks a model runs its .spec files on every engine in a line:
//
//	processorstest.Run(t, "testdata/*.spec", func(s *topologytest.Script) *topology.Topology {
//		return assistant(llmtest.SpecModel(s))
//	})
//
// In Go, a scripted model answers in order:
//
//	m := llmtest.Says(`fails 503 overloaded`, `{"reason":"they insist","action":"refund"}`)
//
// # Models
//
// [Script] answers as it is told. [Recorded] replays what a real model once said. [Failing] fails, [Gate]
// holds answers back, and [Obedient] does what any text tells it. [OllamaServer] is an HTTP server that
// behaves as Ollama does on its bad days. [Embedder] makes vectors without a model.
//
// # Suites
//
// An implementation of llm.Model passes [Conformance], and [ToolUse] if it calls tools. An llm.Embedder
// passes [EmbedderConformance].
package llmtest
