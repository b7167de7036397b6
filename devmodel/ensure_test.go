package devmodel

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/devmodel/llamacpp"
	"github.com/slipstream-go/slipstream/llm"
)

const toy = "smollm2-135m" // the smallest of the catalogue

// A bench is a machine for a test: a cache of its own, and what was said. Its server of llama.cpp is a fake,
// which has the toy in the cache.
type bench struct {
	Config
	t    *testing.T
	said []string
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t}
	b.Config = Config{Dir: t.TempDir(), Model: toy, Embedder: "emb",
		Progress: func(line string) { b.said = append(b.said, line) }}
	t.Setenv("OLLAMA_HOST", "127.0.0.1:1") // nobody's

	weights := filepath.Join(b.Dir, "weights", toy, toy+".gguf")
	err := errors.Join(os.MkdirAll(filepath.Dir(weights), 0o755), os.WriteFile(weights, nil, 0o644),
		os.MkdirAll(filepath.Join(b.Dir, "llamacpp", llamacpp.LibraryVersion), 0o755))
	if err != nil {
		t.Fatal(err)
	}

	return b
}

func (b *bench) ensure() *Local {
	b.t.Helper()

	l, err := Ensure(b.t.Context(), b.Config)
	if err != nil {
		b.t.Fatalf("%v\n%s", err, strings.Join(b.said, "\n"))
	}
	b.t.Cleanup(func() { _ = l.Close() })
	return l
}

func (b *bench) heard(what string) bool {
	return slices.ContainsFunc(b.said, func(line string) bool { return strings.Contains(line, what) })
}

// running serves a fake Ollama where OLLAMA_HOST says.
func running(t *testing.T, f *fakeOllama) string {
	if f.dir == "" {
		f.dir = t.TempDir()
	}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	t.Setenv("OLLAMA_HOST", s.URL)
	return s.URL
}

// The order of servers: each is asked only if the one before is of no use.
func TestARunningOllamaComesFirst(t *testing.T) {
	for _, name := range []string{toy, "smollm2:135m"} {
		b := newBench(t)
		f := &fakeOllama{}
		url := running(t, f)
		onPath(t, "ollama", "python3")
		f.keep("model-"+name, nil)
		f.keep("model-emb", nil)

		if l := b.ensure(); l.Host != url || l.Model != name || l.Source != "already running" ||
			l.Key != "" || l.Embedder != "emb" || l.Context != 2048 || l.Threads < 1 {
			t.Errorf("%+v", l)
		}
	}
}

func TestAnInstalledOllamaComesSecond(t *testing.T) {
	b := newBench(t)
	running(t, &fakeOllama{}) // without the model
	onPath(t, "ollama", "python3")

	installed := &fakeOllama{dir: filepath.Join(b.Dir, "ollama", "models")}
	installed.keep("model-"+toy, nil)
	l := b.ensure()

	if l.Source != "started ollama" || l.Key != "" || !b.heard("a server of our own is used instead") {
		t.Errorf("%+v, said %q", l, b.said)
	}

	if l.Embedder != "" || !b.heard("by their words alone") {
		t.Errorf("%+v, said %q", l, b.said)
	}

	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	if _, err := http.Get(l.Host + "/api/version"); err == nil {
		t.Error("the server outlives Close")
	}
}

func TestLlamaCppComesLast(t *testing.T) {
	for name, path := range map[string][]string{
		"no Ollama":                 {"python3"},
		"an Ollama without a model": {"ollama", "python3"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			onPath(t, path...)

			l := b.ensure()
			if l.Source != "started llama.cpp" || l.Key == "" || l.Model != toy {
				t.Errorf("%+v", l)
			}

			if !b.heard("OLLAMA_HOST names http://127.0.0.1:1") || !b.heard("by their words alone") {
				t.Errorf("said: %q", b.said)
			}

			if _, err := l.NewModel(); err != nil {
				t.Error(err)
			}

			_, err := l.NewEmbedder().Embed(t.Context(), []string{"bags"})
			if !errors.Is(err, llm.ErrRefused) {
				t.Error(err)
			}
		})
	}
}

func TestAnOllamaThatEndsAtOnceIsLeft(t *testing.T) {
	b := newBench(t)
	onPath(t, "ollama", "python3")
	t.Setenv("FAKE_OLLAMA_ENDS", "yes")

	if l := b.ensure(); l.Source != "started llama.cpp" || !b.heard("exit status 3") ||
		!b.heard("server.log") {
		t.Errorf("%+v, said %q", l, b.said)
	}
}

func TestWithoutAnyServerTheErrorNamesRemedies(t *testing.T) {
	b := newBench(t)
	onPath(t)

	_, err := Ensure(t.Context(), b.Config)
	for _, says := range []string{"Python 3.10", "apt install python3-pip", "ollama.com", "MODEL=policy"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: does not say %q", err, says)
		}
	}
}

func TestAPullThatStallsIsGivenUp(t *testing.T) {
	b := newBench(t)
	running(t, &fakeOllama{stall: make(chan struct{})})
	onPath(t, "python3")
	b.Patience = 50 * time.Millisecond
	b.ensure()

	if !b.heard("no byte of the pull for 50ms") {
		t.Errorf("said %q", b.said)
	}
}

func TestEnsureEndsWithItsContext(t *testing.T) {
	b := newBench(t)
	running(t, &fakeOllama{stall: make(chan struct{})})
	onPath(t, "python3")
	b.Patience = time.Hour

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()

	if _, err := Ensure(ctx, b.Config); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestAServerElsewhereComputesAsItLikes(t *testing.T) {
	for host, here := range map[string]bool{
		"http://127.0.0.1:11434": true, "http://localhost:1": true, "http://[::1]:1": true,
		"http://gpu.example:11434": false, "https://10.1.2.3": false,
	} {
		if connect(host).isHere() != here {
			t.Error(host)
		}
	}
}
