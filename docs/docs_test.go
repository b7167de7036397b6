package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fence matches a code block of Markdown: its language, and its lines.
var fence = regexp.MustCompile("(?ms)^```(go|spec)\n(.*?)^```$")

// Every block of Go in the documentation is part of a file that this repository compiles, and every script is part of one
// that its tests run. A block that no longer matches is a page that lies.
func TestBlocksAreOfFilesThatAreCompiledAndRun(t *testing.T) {
	sources := map[string][]string{"go": texts(t, ".go"), "spec": texts(t, ".spec")}
	blocks := 0

	for _, page := range pages(t) {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}

		for _, m := range fence.FindAllStringSubmatch(string(b), -1) {
			blocks++

			if !isPart(sources[m[1]], flat(m[2])) {
				t.Errorf("%s: this block is not part of any .%s file:\n%s", page, m[1], m[2])
			}
		}
	}

	if blocks < 5 {
		t.Errorf("only %d blocks found", blocks)
	}
}

// test matches the name of a test.
var test = regexp.MustCompile(`\bTest[A-Z]\w+`)

// Each test that a page names exists: a proof that is gone proves nothing.
func TestTestsThatArePromisedExist(t *testing.T) {
	have := strings.Join(texts(t, "_test.go"), "\n")
	names := 0

	for _, page := range pages(t) {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}

		for _, name := range test.FindAllString(string(b), -1) {
			names++

			if !strings.Contains(have, "func "+name+"(") {
				t.Errorf("%s names %s, which does not exist", page, name)
			}
		}
	}

	if names < 20 {
		t.Errorf("only %d tests are named", names)
	}
}

func pages(t *testing.T) []string {
	t.Helper()

	all, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(all, "../README.md", "../ARCHITECTURE.md", "../CONTRIBUTING.md", "../examples/README.md")
}

// texts returns the files of one ending in the repository, flattened.
func texts(t *testing.T, ending string) (all []string) {
	t.Helper()

	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ending) {
			return err
		}
		b, err := os.ReadFile(path)
		all = append(all, flat(string(b)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return all
}

// flat is a text with each run of white space as one space, since a block may be indented otherwise than its source.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

func isPart(sources []string, block string) bool {
	for _, s := range sources {
		if strings.Contains(s, block) {
			return true
		}
	}
	return false
}
