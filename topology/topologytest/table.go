package topologytest

import (
	"encoding/json"
	"strings"
)

// table turns the rows under a header into lines of key and JSON. A cell is JSON, or else a string; an empty
// one is left out; \| is a bar that does not end it.
func table(block []span) ([]span, error) {
	head := cells(block[0])
	var lines []span
	for _, l := range block[1:] {
		row := cells(l)
		if len(row) != len(head) {
			return nil, l.errorf(0, "this row has %d cells, the header %d", len(row), len(head))
		}

		if row[0] == "" {
			return nil, l.errorf(0, "the first cell is the key and can not be empty")
		}
		lines = append(lines, span{row[0] + " " + object(head[1:], row[1:]), l.at})
	}

	return lines, nil
}

func cells(l span) (cs []string) {
	const bar = "\x00"
	s := strings.ReplaceAll(l.s, `\|`, bar)
	s = strings.TrimSuffix(strings.TrimPrefix(s, "|"), "|")
	for _, c := range strings.Split(s, "|") {
		cs = append(cs, strings.TrimSpace(strings.ReplaceAll(c, bar, "|")))
	}
	return cs
}

// object is written field by field, because {n} in a cell is no JSON yet.
func object(names, cells []string) string {
	var fields []string
	for i, c := range cells {
		if c == "" {
			continue
		}

		if !json.Valid([]byte(strings.ReplaceAll(c, "{n}", "111"))) {
			c = compact(c)
		}
		fields = append(fields, compact(names[i])+":"+c)
	}

	return "{" + strings.Join(fields, ",") + "}"
}
