package mcp_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/slipstream-go/slipstream/llm/mcp"
)

// asChild makes the test binary a server on its standard input and output.
const asChild = "SLIPSTREAM_TEST_MCP_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) == "" {
		os.Exit(m.Run())
	}
	s := sdk.NewServer(&sdk.Implementation{Name: "child", Version: "1"}, nil)
	say := func(text func() string) sdk.ToolHandlerFor[struct{}, any] {
		return func(context.Context, *sdk.CallToolRequest, struct{}) (*sdk.CallToolResult, any, error) {
			return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: text()}}}, nil, nil
		}
	}
	pid := func() string { return strconv.Itoa(os.Getpid()) }
	die := func() string { os.Exit(1); return "" }
	sdk.AddTool(s, &sdk.Tool{Name: "pid", Annotations: reads}, say(pid))
	sdk.AddTool(s, &sdk.Tool{Name: "secret", Annotations: reads},
		say(func() string { return os.Getenv("SLIPSTREAM_TEST_SECRET") + "." }))
	sdk.AddTool(s, &sdk.Tool{Name: "die"}, say(die))
	sdk.AddTool(s, &sdk.Tool{Name: "die_reading", Annotations: reads}, say(die))

	if err := s.Run(context.Background(), &sdk.StdioTransport{}); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

func child(t *testing.T) *mcp.Server {
	t.Setenv("SLIPSTREAM_TEST_SECRET", "sesame")
	return connect(t, mcp.Config{Command: []string{os.Args[0]}, Env: []string{asChild + "=1"},
		Allow: []string{"die"}})
}

// A program that was killed is started again, and what only reads is asked again.
func TestChildThatIsKilled(t *testing.T) {
	s := child(t)
	all := tools(t, s)
	first := result(t, call(t, all, "pid", `{}`))
	kill(t, first)

	second := result(t, call(t, all, "pid", `{}`))
	if first == second || second == "" {
		t.Errorf("%s, then %s", first, second)
	}

	if got := result(t, call(t, all, "secret", `{}`)); got != `"."` {
		t.Errorf("the child knows %s", got)
	}
}

func kill(t *testing.T, quoted string) {
	t.Helper()

	pid, err := strconv.Atoi(strings.Trim(quoted, `"`))
	if err != nil {
		t.Fatal(err)
	}

	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Kill()
	}

	if err != nil {
		t.Fatal(err)
	}
}

// A program that dies of a call: one that may have acted is not called again, one that only reads is, once.
func TestChildThatDiesOfACall(t *testing.T) {
	s := child(t)
	all := tools(t, s)
	if got := call(t, all, "die", `{}`); !strings.Contains(got.Error,
		"it is not known whether that was done") {
		t.Errorf("%+v", got)
	}

	first := result(t, call(t, all, "pid", `{}`))
	if got := call(t, all, "die_reading", `{}`); !strings.Contains(got.Error,
		"the server was lost during die_reading") {
		t.Errorf("%+v", got)
	}

	if second := result(t, call(t, all, "pid", `{}`)); first == second {
		t.Error("the same process, after it has died")
	}
}
