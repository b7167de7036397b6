package main

import (
	"os"
	"strings"
	"testing"
)

// The README shows this program, one of its scripts, and the librarian as they are.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"assistant.go", "testdata/delay.spec", "../librarian/librarian.go"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		shown := 0
		for i, block := range strings.Split(string(readme), "```") {
			_, body, _ := strings.Cut(block, "\n") // without the language
			if i%2 == 1 && len(body) > 0 && strings.Contains(string(src), strings.TrimSpace(body)) {
				shown++
			}
		}
		if shown != 1 {
			t.Errorf("the README shows %d blocks of %s, want 1", shown, file)
		}
	}
}
