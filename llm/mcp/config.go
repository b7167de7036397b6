package mcp

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// Config tells where a server is and what may be asked of it. Exactly one of Command, URL and Dial is
// required.
type Config struct {
	// Name of the server, in errors. Defaults to the program or the URL.
	Name string

	// Command is a program with its arguments, which speaks MCP on its standard input and output. Connect
	// starts it, a call starts it again after it has died, and Close stops it.
	Command []string
	// Env is the program's environment. Defaults to PATH, HOME, LANG and TMPDIR of ours, so that secrets
	// stay here.
	Env []string
	// Stderr takes what the program writes there. Defaults to nowhere.
	Stderr io.Writer

	// URL is that of a server that speaks MCP over streamable HTTP.
	URL string
	// Client makes the requests to URL, and may add credentials. Defaults to http.DefaultClient.
	Client *http.Client

	// Dial makes another transport, a new one for each connection.
	Dial func(context.Context) (sdk.Transport, error)

	// Allow names tools to offer although they do not say that they only read. Defaults to none.
	Allow []string
	// TTL is how long a result may be served again, by tool; under "" for all other tools that only read.
	// Defaults to 0, which is never.
	TTL map[string]time.Duration
	// Cached is how many results are kept. Defaults to 1,000.
	Cached int
	// Timeout of one call. Defaults to 10 seconds.
	Timeout time.Duration
	// MaxResult is the bytes of a result in JSON. A larger one is an error. Defaults to 16 KiB.
	MaxResult int

	// Logger is told of tools that can't be offered, and of patterns in their schemas that are not checked.
	// Defaults to slog.Default().
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	ways := 0
	for _, set := range []bool{len(c.Command) > 0, c.URL != "", c.Dial != nil} {
		if set {
			ways++
		}
	}

	if ways != 1 {
		return c, errors.New("mcp: a Config needs exactly one of Command, URL and Dial")
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
	c.Logger = cmp.Or(c.Logger, slog.Default())

	return c, nil
}

// start prepares the program. The SDK starts it.
func (c Config) start(context.Context) (sdk.Transport, error) {
	cmd := exec.Command(c.Command[0], c.Command[1:]...)
	cmd.Env = c.Env
	cmd.Stderr = c.Stderr
	if cmd.Env == nil {
		cmd.Env = environment("PATH", "HOME", "LANG", "TMPDIR")
	}
	return &sdk.CommandTransport{Command: cmd, TerminateDuration: 2 * time.Second}, nil
}

// environment is the part of ours that has these names. It is never nil, which would stand for all of ours.
func environment(names ...string) []string {
	env := []string{}
	for _, name := range names {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// ttl is that of a tool that only reads.
func (c Config) ttl(tool string) time.Duration {
	if d, ok := c.TTL[tool]; ok {
		return d
	}
	return c.TTL[""]
}

// failure is that of reaching the server, in one line.
func (c Config) failure(err error) error {
	return errors.New("mcp: " + c.Name + ": " + strings.Join(strings.Fields(err.Error()), " "))
}
