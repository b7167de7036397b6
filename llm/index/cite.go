package index

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/topology"
)

// A Citation is a passage as it stood when an answer was based on it.
type Citation struct {
	ID      ID     `json:"id"`
	Version string `json:"version"`
}

var (
	brackets = regexp.MustCompile(`\[([^\[\]]*)\]`)
	citation = regexp.MustCompile(`^[\pL\pN]+(-[\pL\pN]+)*$`)
)

// Cited are the ids in brackets in a text, in order, each once: [bags-extra], or several with commas between. Brackets
// around one word, number or id count as a citation, so that none escapes being checked; those around a phrase do not.
func Cited(text string) (ids []ID) {
	for _, inside := range brackets.FindAllStringSubmatch(text, -1) {
		for id := range strings.SplitSeq(strings.ToLower(inside[1]), ",") {
			id := ID(strings.TrimSpace(id))
			if citation.MatchString(string(id)) && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// Cite is what a text cites, with the versions that were read. All of it must be among the hits of this turn; else the
// error says, for a model to read, which is not and what there is. Of a passage that was found twice the later hit counts:
// append what a later search has found. A text that cites nothing is none of its business.
func Cite(text string, hits []Hit) (cited []Citation, err error) {
	for _, id := range Cited(text) {
		i := len(hits) - 1
		for i >= 0 && hits[i].ID != id {
			i--
		}
		if i < 0 {
			return nil, fmt.Errorf("index: [%s] is no passage that was found; in brackets may stand %s", id, offer(hits))
		}
		cited = append(cited, Citation{id, hits[i].Version})
	}
	return cited, nil
}

func offer(hits []Hit) string {
	if len(hits) == 0 {
		return "nothing, as none was"
	}
	var ids []string
	for _, h := range hits {
		if !slices.Contains(ids, string(h.ID)) {
			ids = append(ids, string(h.ID))
		}
	}
	return strings.Join(ids, ", ")
}

// Standing says which citation no longer holds, by the table as it is now: its passage was withdrawn, or says something
// else. It reads one row for each citation, in the context of an operator's Check.
func (x Index) Standing(ctx context.Context, cited []Citation) error {
	for _, c := range cited {
		r, err := topology.Get(ctx, x.withDefaults().Table, c.ID)
		switch {
		case err != nil:
			return err
		case r.Version == "":
			return fmt.Errorf("index: the passage %s was withdrawn", c.ID)
		case r.Version != c.Version:
			return fmt.Errorf("index: the passage %s has changed", c.ID)
		}
	}
	return nil
}
