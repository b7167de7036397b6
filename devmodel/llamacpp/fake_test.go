package llamacpp

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The test binary stands in for Python: a link of that name leads back to it. Its pip has wheels that hold
// their own requirement, and its server answers nothing.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "python3":
		fakePython(os.Args[1:])
	case "parent":
		parent()
	default:
		os.Exit(m.Run())
	}
}

func fakePython(args []string) {
	if args[0] == "-m" {
		fakePip(args)
		return
	}

	switch args[len(args)-1] {
	case "check":
		fmt.Println(os.Getenv("FAKE_PYTHON"))
	case "load":
		if os.Getenv("FAKE_LOAD") != "" {
			fmt.Println(os.Getenv("FAKE_LOAD"))
			os.Exit(1)
		}
	case "serve":
		fakeServer()
	}
}

// fakeServer listens nowhere. It ends with its input, as serve.py does, or at once if FAKE_SERVER says.
func fakeServer() {
	if said := os.Getenv("FAKE_SERVER"); said != "" {
		fmt.Fprintln(os.Stderr, said)
		os.Exit(3)
	}

	in := json.NewDecoder(os.Stdin)
	var s settings
	if err := in.Decode(&s); err != nil || s.Key == "" {
		os.Exit(4)
	}
	fmt.Println(`{"address":"http://127.0.0.1:1"}`)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// parent starts a server, says so, and never ends by itself.
func parent() {
	c := Config{Model: "toy", Dir: os.Args[1], Progress: func(string) {}}
	if err := os.MkdirAll(filepath.Join(c.Dir, "llamacpp"), 0o755); err != nil {
		fmt.Println(err)
		return
	}

	cmd, err := realServer(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	cmd.Stderr = os.Stderr // a pipe that ends when both have

	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start() // without the signal that Linux sends
	}

	if err == nil {
		_, err = fmt.Fprintf(in, "{\"library\":%q}\n", c.Dir)
	}
	fmt.Println("started", err)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// fakePip is `python3 -m pip download ... --dest DIR NAME==VERSION...`. What it was asked for goes to the
// file FAKE_PIP_LOG. It has no part that FAKE_PIP_LACKS names, and is not there at all if FAKE_PIP_MISSING
// says so.
func fakePip(args []string) {
	i := slices.Index(args, "--dest")
	dir, requirements := args[i+1], args[i+2:]
	if os.Getenv("FAKE_PIP_MISSING") != "" {
		fmt.Println("python3: No module named pip")
		os.Exit(1)
	}

	log, err := os.OpenFile(os.Getenv("FAKE_PIP_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}

	for _, r := range requirements {
		if r == os.Getenv("FAKE_PIP_LACKS") {
			fmt.Println("ERROR: no matching distribution")
			os.Exit(1)
		}
	}

	for _, r := range requirements {
		name, version, _ := strings.Cut(strings.ReplaceAll(r, "-", "_"), "==")
		path := filepath.Join(dir, name+"-"+version+"-py3-none-any.whl")
		if err := os.WriteFile(path, wheel(r), 0o644); err != nil {
			panic(err)
		}
		_, _ = fmt.Fprintln(log, r)
	}
}

// wheel is a zip with data, which may be a part of a model, and with the library.
func wheel(data string) []byte {
	return zipped("pkg/data/part.bin", data+"\n", libraryWheel+"/__init__.py", "# "+data, "other/x.py", "no")
}

func zipped(namesAndTexts ...string) []byte {
	var b bytes.Buffer

	z := zip.NewWriter(&b)
	for pair := range slices.Chunk(namesAndTexts, 2) {
		w, err := z.Create(pair[0])
		if err == nil {
			_, err = io.WriteString(w, pair[1])
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

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// A bench is a machine for a test: a cache of its own, a catalogue of one small model, and what was said.
type bench struct {
	Config
	t    *testing.T
	said []string
	pip  string // the log of the fake pip
}

const goodPython = `{"python":[3,11,7],"implementation":"CPython","bits":64,"libc":"glibc 2.36","missing":[]}`

func newBench(t *testing.T) *bench {
	b := &bench{t: t, pip: filepath.Join(t.TempDir(), "pip.log")}
	b.Config = Config{Dir: t.TempDir(), Model: "toy", Context: 64, Threads: 1, Parallel: 1,
		Progress: func(line string) { b.said = append(b.said, line) }}

	models, servers := catalogue, builds
	catalogue = []Weights{{Name: "toy", Published: "toy:lib", bytes: 22, version: "1.0", parts: 2,
		ext: ".bin", wheel: "toy-%d", sha256: sumOf([]byte("toy-1==1.0\ntoy-2==1.0\n"))}}
	library := wheel(libraryWheel + "==" + LibraryVersion)
	builds = map[string]build{runtime.GOOS + "/" + runtime.GOARCH: {sumOf(library), int64(len(library))}}
	t.Cleanup(func() { catalogue, builds = models, servers })

	t.Setenv("FAKE_PIP_LOG", b.pip)
	t.Setenv("FAKE_PYTHON", goodPython)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // a program built with the race detector else ends a second late
	t.Setenv("PATH", filepath.Dir(link(t, "python3")))

	return b
}

// link makes a link of that name to the test binary.
func link(t *testing.T, name string) string {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}

	return path
}

func (b *bench) start() *Server {
	b.t.Helper()

	s, err := Start(b.t.Context(), b.Config)
	if err != nil {
		b.t.Fatalf("%v\n%s", err, strings.Join(b.said, "\n"))
	}
	b.t.Cleanup(func() { _ = s.Close() })
	return s
}

// fails wants an error that says each of these.
func (b *bench) fails(says ...string) {
	b.t.Helper()

	s, err := Start(context.Background(), b.Config)
	if err == nil {
		_ = s.Close()
		b.t.Fatalf("no error; want one that says %q", says)
	}

	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			b.t.Errorf("%v: does not say %q", err, s)
		}
	}
}

// brought are the requirements that pip was asked for, and forgets them.
func (b *bench) brought() []string {
	text, _ := os.ReadFile(b.pip)
	_ = os.Remove(b.pip)
	return strings.Fields(string(text))
}
