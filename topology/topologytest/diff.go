package topologytest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slipstream-go/slipstream/internal/text"
)

// A pair is one line of a comparison: the same place of both values.
type pair struct {
	came, wanted string
	part         bool
}

const columnWidth = 60 // of a cell, in characters; lines where the values part may be longer

// sideBySide lays what came and what was wanted out in two columns, field beside field.
func sideBySide(got, want any) string {
	pairs := append([]pair{{came: "came", wanted: "wanted"}}, align("", "", got, want)...)
	width := 0
	for _, p := range pairs {
		width = max(width, min(columnWidth, utf8.RuneCountInString(p.came)))
	}

	var lines []string
	for _, p := range pairs {
		lines = append(lines, strings.TrimRight(p.line(width), " "))
	}

	return strings.Join(lines, "\n")
}

func (p pair) line(width int) string {
	limit, mark := columnWidth, "|"
	if p.part {
		limit, mark = 400, "≠"
	}
	came := text.Truncate(p.came, limit)
	pad := max(0, width-utf8.RuneCountInString(came))
	return "  " + came + strings.Repeat(" ", pad) + "  " + mark + "  " + text.Truncate(p.wanted, limit)
}

// absent is the side of a pair that has nothing there.
type absent struct{}

func align(indent, label string, got, want any) []pair {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			return braced(indent, label, "{", "}", alignFields(indent+"  ", g, w))
		}
	case []any:
		if g, ok := got.([]any); ok {
			return braced(indent, label, "[", "]", alignItems(indent+"  ", g, w))
		}
	}

	return []pair{leaf(indent+label, got, want)}
}

func braced(indent, label, open, end string, inner []pair) []pair {
	first, last := indent+label+open, indent+end
	return append(append([]pair{{came: first, wanted: first}}, inner...), pair{came: last, wanted: last})
}

func alignFields(indent string, got, want map[string]any) (ps []pair) {
	all := maps.Clone(got)
	maps.Copy(all, want)

	for _, k := range slices.Sorted(maps.Keys(all)) {
		g, w := field(got, k), field(want, k)
		ps = append(ps, align(indent, strconv.Quote(k)+": ", g, w)...)
	}
	return ps
}

func alignItems(indent string, got, want []any) (ps []pair) {
	want, open := openArray(want)
	for i := range max(len(got), len(want)) {
		p := align(indent, "", item(got, i), item(want, i))
		if i >= len(want) && !open {
			p[0].part = true
		}

		ps = append(ps, p...)
	}

	if open {
		ps = append(ps, pair{wanted: indent + anything})
	}

	return ps
}

func field(m map[string]any, k string) any {
	if v, ok := m[k]; ok {
		return v
	}
	return absent{}
}

func item(a []any, i int) any {
	if i < len(a) {
		return a[i]
	}
	return absent{}
}

func leaf(label string, got, want any) pair {
	p := pair{came: labelled(label, got), wanted: labelled(label, want)}
	if want == (absent{}) {
		return p
	}

	if got == (absent{}) {
		got = nil
	}
	_, p.part = differs("", got, want)

	return p
}

func labelled(label string, v any) string {
	if v == (absent{}) {
		return ""
	}
	return label + compact(v)
}

// compact is v as JSON in one line, with < and > as they are.
func compact(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)

	if err := e.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(b.String(), "\n")
}
