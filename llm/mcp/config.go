package mcp

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// Config says where a server is and what may be asked of it. One of Command, URL and Dial is needed.
type Config struct {
	// Name of the server, in errors. Defaults to the program, or the URL.
	Name string

	// Command is a program with its arguments, which speaks MCP on its standard input and output. It is started by
	// Connect, started again when it has died, and stopped by Close.
	Command []string
	// Env is the program's environment. Defaults to PATH, HOME, LANG and TMPDIR of ours, so that secrets stay here.
	Env []string
	// Stderr takes what the program says there. Defaults to nowhere.
	Stderr io.Writer

	// URL of a server that speaks MCP over streamable HTTP, and the client to use, which may add credentials. The
	// client defaults to http.DefaultClient.
	URL    string
	Client *http.Client

	// Dial makes another transport, for each connection a new one.
	Dial func(context.Context) (sdk.Transport, error)

	// Allow names tools to offer that do not say that they only read. Defaults to none.
	Allow []string
	// TTL is how long a result may be served again, per tool; under "" for all others that only read. Defaults to not
	// at all.
	TTL map[string]time.Duration
	// Cached is how many results are kept. Defaults to 1,000.
	Cached int
	// Timeout of one call. Defaults to 10 seconds.
	Timeout time.Duration
	// MaxResult is the bytes of a result in JSON; a larger one is an error. Defaults to 16 KiB.
	MaxResult int
}

func (c Config) orDefault() (Config, error) {
	given := 0
	for _, is := range []bool{len(c.Command) > 0, c.URL != "", c.Dial != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return c, errors.New("mcp: a Config needs one of Command, URL and Dial")
	}
	switch {
	case len(c.Command) > 0:
		c.Name = cmp.Or(c.Name, c.Command[0])
		c.Dial = c.start
	case c.URL != "":
		c.Name = cmp.Or(c.Name, c.URL)
		c.Dial = func(context.Context) (sdk.Transport, error) {
			return &sdk.StreamableClientTransport{Endpoint: c.URL, HTTPClient: c.Client, MaxRetries: -1}, nil
		}
	}
	c.Name = cmp.Or(c.Name, "server")
	c.Cached = cmp.Or(c.Cached, 1000)
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	c.MaxResult = cmp.Or(c.MaxResult, 16<<10)
	return c, nil
}

// start is the program, about to be started by the SDK.
func (c Config) start(context.Context) (sdk.Transport, error) {
	cmd := exec.Command(c.Command[0], c.Command[1:]...)
	cmd.Env, cmd.Stderr = c.Env, c.Stderr
	if cmd.Env == nil {
		cmd.Env = ours("PATH", "HOME", "LANG", "TMPDIR")
	}
	return &sdk.CommandTransport{Command: cmd, TerminateDuration: 2 * time.Second}, nil
}

func ours(names ...string) []string {
	env := []string{} // not nil, which stands for all of ours
	for _, name := range names {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// ttl of a tool that only reads.
func (c Config) ttl(tool string) time.Duration {
	if d, ok := c.TTL[tool]; ok {
		return d
	}
	return c.TTL[""]
}

// failure to reach the server, in one line.
func (c Config) failure(err error) error {
	return errors.New("mcp: " + c.Name + ": " + strings.Join(strings.Fields(err.Error()), " "))
}
