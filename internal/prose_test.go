package internal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// A ratchet counts what nobody should write any more. The number may only fall: lower it here when you have mended some.
var ratchet = map[string]int{
	"says whether":        0, // reports whether
	"says why":            0, // returns why
	"but for ":            0, // except for
	"for good":            0, // permanently
	"whoever":             4, // the one who, anyone who
	"nobody can be found": 0,
	"likewise":            0, // the same
	"is none":             0, // there is no
	longLine:              542,
}

const (
	longLine  = "a line of more than 110 columns"
	columns   = 110
	tabColumn = 4
	shown     = 20 // of what is found too often
)

// What is read by people is in the words of the field, and fits on a screen.
func TestProse(t *testing.T) {
	found := map[string][]string{}
	for _, path := range readable(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}

		for line := range strings.Lines(string(text)) {
			for _, what := range wrong(path, line) {
				found[what] = append(found[what], strings.TrimPrefix(path, "../")+": "+strings.TrimSpace(line))
			}
		}
	}

	for what, most := range ratchet {
		switch n := len(found[what]); {
		case n > most:
			t.Errorf("%q: %d times, and at most %d are allowed. Some of them:\n%s",
				what, n, most, strings.Join(found[what][:min(n, shown)], "\n"))
		case n < most:
			t.Logf("%q: %d times, and the ratchet still allows %d", what, n, most)
		}
	}
}

// wrong returns what the ratchet counts in a line. Long lines are counted in Go only: tables of Markdown can't be broken.
func wrong(path, line string) (all []string) {
	lower := strings.ToLower(line)
	for what := range ratchet {
		if what != longLine && strings.Contains(strings.ReplaceAll(lower, "there is none", ""), what) {
			all = append(all, what)
		}
	}

	width := utf8.RuneCountInString(strings.TrimRight(line, "\n")) + (tabColumn-1)*strings.Count(line, "\t")
	if strings.HasSuffix(path, ".go") && width > columns {
		all = append(all, longLine)
	}

	return all
}

// readable returns the files that people read, except for this one and those in testdata.
func readable(t *testing.T) (paths []string) {
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "bin" || d.Name() == ".git"):
			return filepath.SkipDir
		case d.IsDir() || d.Name() == "prose_test.go":
			return nil
		}

		switch filepath.Ext(path) {
		case ".go", ".md", ".sh":
			paths = append(paths, path)
		}

		if d.Name() == "Makefile" {
			paths = append(paths, path)
		}

		return nil
	})
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d files: %v", len(paths), err)
	}

	return paths
}
