package devmodel_test

import (
	"context"
	"fmt"

	"github.com/slipstream-go/slipstream/devmodel"
	"github.com/slipstream-go/slipstream/llm"
)

// A local model, as a program starts with it.
func ExampleEnsure() {
	ctx := context.Background()

	local, err := devmodel.Ensure(ctx, devmodel.Config{Progress: func(line string) { fmt.Println(line) }})
	if err != nil {
		fmt.Println(err) // names what to install or set
		return
	}
	defer local.Close()

	model, err := local.NewModel()
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = llm.WarmUp(ctx, llm.Resilient(model, llm.ResilientConfig{}), "the instructions of an operator")
}

func ExampleNames() {
	fmt.Println(devmodel.Names())
	// Output: [qwen-coder-1.5b qwen-coder-0.5b smollm2-135m]
}
