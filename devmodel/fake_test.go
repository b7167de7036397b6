package devmodel

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// The test binary stands in for the programs that devmodel starts: links of these names lead back to it.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "ollama":
		if os.Getenv("FAKE_OLLAMA_ENDS") != "" {
			os.Exit(3)
		}
		_ = http.ListenAndServe(os.Getenv("OLLAMA_HOST"), &fakeOllama{dir: os.Getenv("OLLAMA_MODELS")})
		os.Exit(1)
	case "python3":
		fakePython(os.Args)
	default:
		os.Exit(m.Run())
	}
}

// fakePython prints what a working Python prints, and serves a model that is there already.
func fakePython(args []string) {
	switch args[len(args)-1] {
	case "check":
		fmt.Println(`{"python":[3,11,7],"implementation":"CPython","bits":64,"libc":"glibc 2.36"}`)
	case "serve":
		fmt.Println(`{"address":"http://127.0.0.1:1"}`)
		_, _ = io.Copy(io.Discard, os.Stdin)
	default: // pip
		fmt.Println("no network")
		os.Exit(1)
	}
}

// onPath makes a PATH that has only these programs, all of which are the test binary.
func onPath(t *testing.T, names ...string) {
	dir := t.TempDir()

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	for _, name := range names {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // a program built with the race detector else ends a second late
}

// A fakeOllama keeps models and blobs as files of a folder, and can pull nothing.
type fakeOllama struct {
	dir   string
	stall chan struct{} // a pull says that it begins, and then waits for this; nil: it is refused
}

func (f *fakeOllama) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var q struct {
		Model string
	}
	_ = json.Unmarshal(body, &q)
	switch {
	case r.URL.Path == "/api/version":
		_, _ = w.Write([]byte(`{"version":"0.0.0"}`))
	case r.URL.Path == "/api/show":
		f.answer(w, f.has("model-"+q.Model), "{}")
	case r.URL.Path == "/api/pull":
		f.pull(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (f *fakeOllama) answer(w http.ResponseWriter, ok bool, body string) {
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		body = `{"error":"not found"}`
	}
	_, _ = io.WriteString(w, body)
}

func (f *fakeOllama) pull(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, `{"status":"pulling manifest"}`+"\n")
	w.(http.Flusher).Flush()

	if f.stall == nil {
		_, _ = io.WriteString(w, `{"error":"no such host"}`+"\n")
		return
	}

	select {
	case <-f.stall:
	case <-r.Context().Done():
	}
}

func (f *fakeOllama) has(name string) bool {
	_, err := os.Stat(filepath.Join(f.dir, name))
	return err == nil
}

func (f *fakeOllama) keep(name string, body []byte) {
	err := os.MkdirAll(f.dir, 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(f.dir, name), body, 0o644)
	}

	if err != nil {
		panic(err)
	}
}
