package topologytest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each script in testdata/failures is wrong, and its golden file is what its author would read.
func TestFailures(t *testing.T) {
	files, err := filepath.Glob("testdata/failures/*.spec")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d scripts (%v)", len(files), err)
	}

	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f := newFake()

			failure := newScript(t).run(filepath.Base(file), string(src), shop, f.factory)
			if failure == nil {
				t.Fatal("this script should fail")
			}
			Golden(t, strings.TrimSuffix(file, ".spec")+".golden", failure.Error()+"\n")
		})
	}
}

// A script with a mistake anywhere takes none of its steps.
func TestMistakesAreFoundFirst(t *testing.T) {
	f := newFake()
	if err := play(t, f, "send orders a 1\nexpect shipments a {"); err == nil || len(f.messages) > 0 {
		t.Errorf("sent %v before %v", f.messages, err)
	}
}
