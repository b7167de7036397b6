package devmodel

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheNameOfABinaryCarriesItsFlags(t *testing.T) {
	name := cpuName()
	for _, f := range cpuFlags() {
		f = strings.TrimPrefix(strings.TrimPrefix(f, "-march="), "-m")
		if !strings.Contains(name, f) {
			t.Errorf("%s is not in %s", f, name)
		}
	}

	if slices.Contains(cpuFlags(), "-march=native") {
		t.Error("native is another processor elsewhere")
	}
}

func TestTheCatalogueIsPinned(t *testing.T) {
	for _, w := range catalogue {
		if len(w.sha256) != 64 || w.version == "" || w.parts < 1 ||
			(w.parts > 1) != strings.Contains(w.wheel, "%d") {
			t.Errorf("%+v", w)
		}

		for path, sum := range w.files() {
			if len(sum) != 64 || !filepath.IsLocal(path) {
				t.Errorf("%s: %q has SHA-256 %q", w.name, path, sum)
			}
		}

		for _, name := range []string{w.name, w.published} {
			if got, ok := known(name); !ok || got.name != w.name {
				t.Errorf("%s is not found", name)
			}
		}
	}

	if got := Names()[0]; got != "qwen-coder-1.5b" {
		t.Errorf("the default is %s", got)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	var said []string
	c := Config{Dir: t.TempDir(), Progress: func(line string) { said = append(said, line) }}

	unlock, err := c.lock(t.Context(), "models", "another process is bringing a model")
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()

	if _, err := c.lock(ctx, "models", "another process is bringing a model"); !errors.Is(err,
		context.DeadlineExceeded) {
		t.Error(err)
	}

	if len(said) != 1 || !strings.Contains(said[0], "another process") {
		t.Errorf("said %q", said)
	}
	unlock()

	again, err := c.lock(t.Context(), "models", "")
	if err != nil {
		t.Fatal(err)
	}
	defer again()
}

func TestWhatADeadProcessLeftIsRemoved(t *testing.T) {
	c := Config{Dir: t.TempDir()}

	dead, _, err := c.scratch("models")
	if err != nil {
		t.Fatal(err)
	}

	unlock, err := c.lock(t.Context(), "models", "")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()

	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestProgressIsThrottled(t *testing.T) {
	var said []string
	c := Config{Progress: func(line string) { said = append(said, line) }}

	m := c.meter("pulling toy")
	for done := range int64(1001) {
		m(done*1_000_000, 1000_000_000)
	}

	if len(said) < 2 || len(said) > 21 || said[len(said)-1] != "pulling toy: 100 % of 1000 MB" {
		t.Errorf("%d lines: %q", len(said), said)
	}
}

func TestTheCacheIsWhereItIsSaid(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", "somewhere")

	c, err := Config{}.withDefaults()
	here, _ := os.Getwd()
	if err != nil || c.Dir != here+"/somewhere" {
		t.Errorf("%q, %v", c.Dir, err)
	}
}

func TestAServerElsewhereComputesAsItLikes(t *testing.T) {
	c, err := Config{Dir: t.TempDir()}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}

	for host, here := range map[string]bool{
		"http://127.0.0.1:11434": true, "http://localhost:1": true, "http://[::1]:1": true,
		"http://gpu.example:11434": false, "https://10.1.2.3": false,
	} {
		if l := c.local(connect(host), "toy", "", ""); (l.Threads > 0) != here || (l.Context > 0) != here {
			t.Errorf("%+v", l)
		}
	}
}
