package llamacpp

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAServerIsBroughtOnceAndThenOffline(t *testing.T) {
	b := newBench(t)

	s := b.start()
	if s.URL != "http://127.0.0.1:1" || s.Model != "toy" || len(s.Key) < 20 {
		t.Errorf("%+v", s)
	}

	want := []string{libraryWheel + "==" + LibraryVersion, "toy-1==1.0", "toy-2==1.0"}
	if got := b.brought(); !slices.Equal(got, want) {
		t.Errorf("pip was asked for %q", got)
	}

	if other, _ := filepath.Glob(filepath.Join(b.libraryDir(), "other")); len(other) > 0 {
		t.Error("more than the library was unpacked")
	}

	if parts, _ := filepath.Glob(filepath.Join(b.Dir, "weights", "toy", "part*")); len(parts) > 0 {
		t.Errorf("a second copy of the weights stays: %q", parts)
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FAKE_PIP_MISSING", "yes")
	again := b.start()

	if again.Key == s.Key {
		t.Error("two servers have the same key")
	}
}

func TestAServerThatEndsShowsItsLastLines(t *testing.T) {
	b := newBench(t)
	t.Setenv("FAKE_SERVER", "failed to load model: out of memory")
	b.fails("it ended", "exit status 3", "failed to load model: out of memory", "MODEL=policy")
}

func TestALibraryThatCannotBeLoadedSparesTheModel(t *testing.T) {
	b := newBench(t)
	t.Setenv("FAKE_LOAD", "ImportError: GLIBC_2.99 not found")
	b.fails("can't be loaded here", "GLIBC_2.99", "ollama.com")

	if got := b.brought(); len(got) != 1 {
		t.Errorf("pip was asked for %q", got)
	}

	if isThere, _ := filepath.Glob(b.libraryDir()); len(isThere) > 0 {
		t.Error("it stays in the cache")
	}
}

// The script ends when its input does, wherever there is no signal for that: here its parent is killed, and
// the library that it loads is a fake which waits.
func TestTheServerDoesNotOutliveItsParent(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	t.Setenv("REAL_PYTHON", python)
	cmd := exec.Command(link(t, "parent"), t.TempDir())

	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}

	inherited, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = w

	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()

	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()

	if line, err := bufio.NewReader(out).ReadString('\n'); !strings.HasPrefix(line, "started <nil>") {
		t.Fatalf("%q, %v", line, err)
	}

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}

	if rest, err := io.ReadAll(inherited); err != nil { // ends when parent and server have
		t.Errorf("%q, %v", rest, err)
	}
	_ = cmd.Wait()
}

// realServer is serve.py with a library that waits for ever.
func realServer(c Config) (*exec.Cmd, error) {
	script, err := c.script()
	if err != nil {
		return nil, err
	}

	const waits = "import threading\nthreading.Event().wait()\n"
	if err := writeFile(filepath.Join(c.Dir, libraryWheel, "__init__.py"), []byte(waits)); err != nil {
		return nil, err
	}

	return exec.Command(os.Getenv("REAL_PYTHON"), append(isolated, script, "serve")...), nil
}
