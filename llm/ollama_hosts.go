package llm

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/envconfig"

	"github.com/slipstream-go/slipstream/internal/servers"
)

// A host is one Ollama server.
type host struct {
	servers.Load

	url    string
	client *api.Client
}

func newHosts(named []string) (all []*host) {
	if len(named) == 0 {
		named = []string{envconfig.ConnectableHost().String()}
	}

	for _, name := range named {
		all = append(all, newHost(name))
	}

	return all
}

func newHost(name string) *host {
	if !strings.Contains(name, "://") {
		name = "http://" + name
	}

	u, err := url.Parse(strings.TrimSuffix(name, "/"))
	if err != nil {
		u = &url.URL{Scheme: "http", Host: name} // the first request tells what is wrong with it
	}

	kept := lineKeeper{servers.Transport(false)}

	return &host{url: u.String(), client: api.NewClient(u, &http.Client{Transport: kept})}
}

// inOrder returns the hosts to ask, the best one first.
func (o *ollama) inOrder() []*host {
	return servers.BestFirst(o.hosts, func(h *host) *servers.Load { return &h.Load })
}
