package slipstream_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A project is a folder of its own, outside of this repository, with the README's program in it.
type project struct {
	t   *testing.T
	dir string
	env []string
}

func newProject(t *testing.T) project {
	t.Helper()

	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}

	p := project{t: t, dir: filepath.Join(t.TempDir(), "assistant")}
	if err := os.CopyFS(p.dir, os.DirFS("examples/assistant")); err != nil {
		t.Fatal(err)
	}

	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SLIPSTREAM_") && !strings.HasPrefix(v, "GOFLAGS=") {
			p.env = append(p.env, v)
		}
	}
	// Nothing listens there: an Ollama of this machine is not to be asked.
	p.env = append(p.env, "GOWORK=off", "OLLAMA_HOST=127.0.0.1:1", "SLIPSTREAM_CACHE="+t.TempDir())

	p.run("go", "mod", "init", "example.com/assistant")
	p.run("go", "mod", "edit", "-replace=github.com/slipstream-go/slipstream="+here,
		"-require=github.com/slipstream-go/slipstream@v0.0.0")

	return p
}

func (p project) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = p.dir, p.env
	return cmd
}

// run runs a command that must not fail.
func (p project) run(name string, args ...string) string {
	p.t.Helper()

	out, err := p.command(name, args...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// dev starts the program's dev, which ends with the test.
func (p project) dev(program string) {
	p.t.Helper()
	cmd := p.command(program, "dev", "--listen", "127.0.0.1:0")
	out := &ready{seen: make(chan struct{})}

	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	select {
	case <-out.seen:
	case err := <-ended:
		p.t.Fatalf("dev ended: %v\n%s", err, &out.b)
	case <-time.After(2 * time.Minute):
		_ = cmd.Process.Kill()
		p.t.Fatal("dev is not ready")
	}
	p.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended

		if err := <-ended; err != nil {
			p.t.Errorf("dev ended with %v after SIGTERM:\n%s", err, &out.b)
		}
	})
}

// ready is the output of dev; seen is closed once it says that it is ready.
type ready struct {
	mu   sync.Mutex
	b    bytes.Buffer
	seen chan struct{}
}

func (r *ready) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := bytes.Contains(r.b.Bytes(), []byte("ready: broker"))
	r.b.Write(p)

	if !before && bytes.Contains(r.b.Bytes(), []byte("ready: broker")) {
		close(r.seen)
	}
	return len(p), nil
}

// Who copies the README's program into an empty folder has a project: it tidies, builds, passes its script, runs, and
// answers.
func TestNewProject(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a module of its own")
	}
	p := newProject(t)
	p.run("go", "mod", "tidy")
	p.run("go", "vet", "./...")
	p.run("go", "test", "./...")
	program := filepath.Join(p.dir, "assistant")
	p.run("go", "build", "-o", program, ".")

	p.dev(program)

	for _, c := range []struct{ line, want string }{
		{"query", "customers\nflights\n"},
		{"describe", "stage assistant.customers"},
		{`send profiles c-1 {"tier":"gold"}`, "1 sent to profiles"},
		{"send profiles c-2 --raw gold", "1 sent to profiles"},
		{"tail assistant.customers-table --from beginning -n 1", `c-1  {"tier":"gold"}`},
		{"tail assistant.dead-letters --from beginning -n 1", "c-2  gold"},
		{"dead-letters list", "c-2  cannot be decoded as main.Profile"},
	} {
		if out := p.run(program, strings.Fields(c.line)...); !strings.Contains(out, c.want) {
			t.Errorf("%s: no %q in\n%s", c.line, c.want, out)
		}
	}
}
