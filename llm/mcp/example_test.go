package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/mcp"
)

// A server of another company's, whose answers are good for a minute. It runs in this process here;
// Config.URL or Config.Command would name it elsewhere.
func Example() {
	weather := sdk.NewServer(&sdk.Implementation{Name: "weather", Version: "1"}, nil)
	sdk.AddTool(weather, &sdk.Tool{Name: "forecast", Annotations: &sdk.ToolAnnotations{ReadOnlyHint: true}},
		func(_ context.Context, _ *sdk.CallToolRequest, a struct {
			City string `json:"city"`
		}) (*sdk.CallToolResult, any, error) {
			return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: "Snow in " + a.City}}}, nil, nil
		})
	sdk.AddTool(weather, &sdk.Tool{Name: "subscribe"}, // it does not say that it only reads: not offered
		func(context.Context, *sdk.CallToolRequest, struct{}) (*sdk.CallToolResult, any, error) {
			return &sdk.CallToolResult{}, nil, nil
		})

	ctx := context.Background()

	server, err := mcp.Connect(ctx, mcp.Config{
		Name: "weather",
		Dial: func(ctx context.Context) (sdk.Transport, error) {
			ours, theirs := sdk.NewInMemoryTransports()
			_, err := weather.Connect(ctx, theirs, nil)
			return ours, err
		},
		TTL: map[string]time.Duration{"forecast": time.Minute},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	tools, err := server.Tools(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}

	for _, r := range llm.RunTools(ctx, tools, []llm.Call{{Tool: "forecast",
		Args: json.RawMessage(`{"city":"JFK"}`)}, {Tool: "subscribe"}}) {
		var got mcp.Result
		if r.Error == "" && json.Unmarshal(r.Result, &got) == nil {
			fmt.Println(string(got.Result), r.AsOf.Equal(got.AsOf()))
			continue
		}
		fmt.Println(r.Error)
	}
	// Output:
	// "Snow in JFK" true
	// there is no tool "subscribe"; there are ["forecast"]
}
