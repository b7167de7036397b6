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

// CitedIDs returns the ids in brackets in a text, in order, each once: [bags-extra], or several with commas
// between. Brackets around one word, number or id count as a citation, so that none escapes being checked.
// Brackets around a phrase do not count.
func CitedIDs(text string) (ids []ID) {
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

// Cite returns what a text cites, with the versions that were read. All of it must be among the hits of
// this turn. Otherwise the error tells a model which citation is not, and which ones there are. If a
// passage was found twice the later hit counts, so append what a later search finds. A text may cite
// nothing.
func Cite(text string, hits []Hit) (cited []Citation, err error) {
	versions := map[ID]string{}
	for _, h := range hits {
		versions[h.ID] = h.Version
	}

	for _, id := range CitedIDs(text) {
		version, found := versions[id]
		if !found {
			return nil, fmt.Errorf("index: [%s] is no passage that was found; in brackets may stand %s", id,
				listIDs(hits))
		}

		cited = append(cited, Citation{id, version})
	}

	return cited, nil
}

func listIDs(hits []Hit) string {
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

// CheckCitations returns which citation no longer holds, by the table as it is now: its passage was
// withdrawn or says something else. It reads one row for each citation, in the context of an operator's
// Check.
func (x Index) CheckCitations(ctx context.Context, cited []Citation) error {
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
