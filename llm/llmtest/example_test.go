package llmtest_test

import (
	"context"
	"fmt"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// A script answers in order; the last answer stands.
func ExampleSays() {
	m := llmtest.Says(`fails 503 overloaded`, `for Berlin: rainy`, `sunny`)
	for _, city := range []string{"Rome", "Berlin", "Rome"} {
		r, err := m.Chat(context.Background(), llm.Request{Messages: []llm.Message{{Role: llm.User, Text: "Weather in " + city}}})
		fmt.Println(r.Message.Text, err)
	}
	// Output:
	//  503 overloaded
	// rainy <nil>
	// sunny <nil>
}
