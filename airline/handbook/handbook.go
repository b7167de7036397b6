// Package handbook is what the airline tells its customers, in passages that an index can find and an answer
// can cite.
//
// The pages are Markdown: "## id: Title", and the text below it. They are only where the passages come from
// when a demonstration starts. What counts is the topic: who publishes a passage there, or withdraws one,
// changes what the assistant may say from then on.
package handbook

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/slipstream-go/slipstream/llm/index"
)

//go:embed pages/*.md
var pages embed.FS

// Passages are those of the pages, by id. A page that is not well formed is an error that names it.
func Passages() (map[index.ID]index.Passage, error) { return read(pages) }

func read(files fs.FS) (map[index.ID]index.Passage, error) {
	names, err := fs.Glob(files, "pages/*.md")
	if err != nil {
		return nil, fmt.Errorf("handbook: %w", err)
	}

	all := map[index.ID]index.Passage{}
	for _, name := range names {
		page, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("handbook: %w", err)
		}

		if err := parse(all, path.Base(name), string(page)); err != nil {
			return nil, fmt.Errorf("handbook: %s: %w", name, err)
		}
	}

	return all, nil
}

// parse adds the passages of one page.
func parse(into map[index.ID]index.Passage, source, page string) error {
	_, sections, _ := strings.Cut("\n"+page, "\n## ")
	for section := range strings.SplitSeq(sections, "\n## ") {
		head, text, _ := strings.Cut(section, "\n")
		id, title, ok := strings.Cut(head, ": ")
		p := index.Passage{Title: title, Text: strings.TrimSpace(text), Source: source}
		if err := p.Valid(); err != nil || !ok {
			return fmt.Errorf("## id: Title, and a text below it; not %q (%v)", head, err)
		}

		if _, twice := into[index.ID(id)]; twice {
			return fmt.Errorf("the passage %s is there twice", id)
		}
		into[index.ID(id)] = p
	}

	return nil
}
