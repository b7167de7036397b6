package devmodel

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/envconfig"

	"github.com/slipstream-go/slipstream/devmodel/internal/progress"
	"github.com/slipstream-go/slipstream/devmodel/llamacpp"
)

// An engine is an Ollama server that we talk to, started by us or not.
type engine struct {
	host   string // base URL
	client *api.Client
}

func usualHost() string { return envconfig.ConnectableHost().String() }

func connect(host string) engine {
	u, _ := url.Parse(host) // hosts are written by us or by envconfig
	return engine{host, api.NewClient(u, &http.Client{})}
}

// version also reports whether anything answers there, within two seconds.
func (e engine) version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return e.client.Version(ctx)
}

// isHere reports whether the server is on this machine, as far as its address says.
func (e engine) isHere() bool {
	u, err := url.Parse(e.host)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func (e engine) has(ctx context.Context, model string) bool {
	_, err := e.client.Show(ctx, &api.ShowRequest{Model: model})
	return err == nil
}

// pulled is the model's name on the server, which may have to fetch it first. An error tells why it cannot.
func (c Config) pulled(ctx context.Context, e engine, model string) (string, error) {
	w, _ := llamacpp.Find(model)
	for _, name := range []string{model, w.Name, w.Published} {
		if e.has(ctx, name) {
			return name, nil
		}
	}
	return w.Published, c.pull(ctx, e, w.Published)
}

// pull fetches from Ollama's library. It ends when Patience passes without a byte: offline must not hang.
func (c Config) pull(ctx context.Context, e engine, model string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := fmt.Errorf("no byte of the pull for %v", c.Patience)

	watchdog := time.AfterFunc(c.Patience, func() { cancel(stalled) })
	defer watchdog.Stop()

	meter := progress.Func(c.Progress).Meter("pulling " + model)
	var last api.ProgressResponse

	err := e.client.Pull(ctx, &api.PullRequest{Model: model}, func(p api.ProgressResponse) error {
		// "pulling manifest" is said before anything has been received.
		if p.Digest != last.Digest || p.Completed > last.Completed || last.Digest != "" &&
			p.Status != last.Status {
			watchdog.Reset(c.Patience)
			meter(p.Completed, p.Total)
		}
		last = p
		return nil
	})
	if cause := context.Cause(ctx); cause != nil {
		return cause // the client reports a stream that was cut as success
	}

	if err == nil && last.Status != "success" {
		return fmt.Errorf("the pull ended at %q", last.Status)
	}

	return err
}
