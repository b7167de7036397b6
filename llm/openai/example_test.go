package openai_test

import (
	"context"
	"fmt"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/openai"
)

// A vLLM on two machines, which refuses nothing and thinks little.
func ExampleNew() {
	served, err := openai.New(openai.Config{
		Model: "Qwen/Qwen3-8B",
		Hosts: []string{"http://gpu-1:8000/v1", "http://gpu-2:8000/v1"},
		With:  map[string]any{"chat_template_kwargs": map[string]bool{"enable_thinking": false}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	model := llm.Resilient(served, llm.ResilientConfig{InFlight: 32}) // for llm.Operator.Model
	_, err = model.Chat(cancelled(), llm.Request{})
	fmt.Println(err)

	_, err = openai.New(openai.Config{Model: "Qwen/Qwen3-8B", Hosts: []string{"gpu-1:8000"}})
	fmt.Println(err)
	// Output:
	// context canceled
	// openai: Config.Hosts: "gpu-1:8000" is no base URL: write it like http://127.0.0.1:8000/v1
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()

	return ctx
}
