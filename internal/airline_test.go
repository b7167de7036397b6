package internal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The airline is an application: what the engine offers in public suffices for it.
func TestAirlineNeedsNoInternals(t *testing.T) {
	for _, p := range packages(t) {
		name, isAirline := strings.CutPrefix(p.ImportPath, module+"/")
		if !isAirline || !strings.HasPrefix(name, "airline") {
			continue
		}

		for _, i := range p.Imports {
			if strings.HasPrefix(i, module+"/internal/") {
				t.Errorf("%s imports %s, which only the engine may", name, i)
			}
		}
	}
}

// namesBenchmark may name the benchmark that the referee replays.
var namesBenchmark = regexp.MustCompile(`^\.\./airline/(tau2|cmd/referee)/`)

// No package of the airline but tau2 and the referee's command knows of the benchmark.
func TestOneAirlinePackageKnowsTheBenchmark(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../airline", func(name string, d fs.DirEntry, err error) error {
		isText := slices.Contains([]string{".go", ".spec", ".md", ".txt"}, filepath.Ext(name))
		if err != nil || d.IsDir() || !isText || namesBenchmark.MatchString(filepath.ToSlash(name)) {
			return err
		}

		files++

		text, err := os.ReadFile(name)
		if err == nil && strings.Contains(strings.ToLower(string(text)), "tau2") {
			t.Errorf("%s names the benchmark", name)
		}

		return err
	})
	if err != nil || files < 100 {
		t.Fatalf("%d files: %v", files, err)
	}
}
