package topologytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/internal/text"
)

// anything is the string that matches any value that is there.
const anything = "..."

// match says how a record's value is not what v asks for.
func (v value) match(came []byte) error {
	if v.raw {
		return matchText(string(came), v.src)
	}

	got, err := decode(came)
	switch {
	case err != nil && v.tree != anything:
		return fmt.Errorf("came, and is not JSON: %s\nwanted: %s",
			text.Truncate(fmt.Sprintf("%q", came), 200), v)
	case err != nil:
		return nil
	}

	return matchTree(got, v.tree)
}

func matchTree(got, want any) error {
	if path, ok := differs("", got, want); ok {
		return fmt.Errorf("%s\nthey part at %s", sideBySide(got, want), path)
	}
	return nil
}

func matchText(got, want string) error {
	if !like(got, want) {
		return fmt.Errorf("came:   %s\nwanted: %s",
			text.Truncate(fmt.Sprintf("%q", got), 400), text.Truncate(fmt.Sprintf("%q", want), 400))
	}
	return nil
}

// differs returns the first path, in the order of the fields' names, at which got is not what want asks for.
func differs(path string, got, want any) (string, bool) {
	if want == anything && got != nil {
		return "", false
	}

	switch w := want.(type) {
	case map[string]any:
		return differsObject(path, got, w)
	case []any:
		return differsArray(path, got, w)
	case string:
		g, ok := got.(string)
		return orRoot(path), !ok || !like(g, w)
	case json.Number:
		g, ok := got.(json.Number)
		return orRoot(path), !ok || !equalNumbers(g, w)
	}

	return orRoot(path), got != want
}

// differsObject: an object may have more fields than are asked for; null is also a field that is not there.
func differsObject(path string, got any, want map[string]any) (string, bool) {
	g, ok := got.(map[string]any)
	if !ok {
		return orRoot(path), true
	}

	for _, k := range slices.Sorted(maps.Keys(want)) {
		if p, ok := differs(path+"."+k, g[k], want[k]); ok {
			return p, true
		}
	}

	return "", false
}

// differsArray: an array has the length that is asked for, unless that ends in "...".
func differsArray(path string, got any, want []any) (string, bool) {
	g, ok := got.([]any)
	if !ok {
		return orRoot(path), true
	}

	want, open := openArray(want)
	for i := range want {
		p := fmt.Sprintf("%s[%d]", path, i)
		if i >= len(g) {
			return p, true
		}

		if p, ok := differs(p, g[i], want[i]); ok {
			return p, true
		}
	}

	return fmt.Sprintf("%s[%d]", path, len(want)), len(g) > len(want) && !open
}

func openArray(want []any) (items []any, open bool) {
	if n := len(want); n > 0 && want[n-1] == anything {
		return want[:n-1], true
	}
	return want, false
}

func orRoot(path string) string {
	if path == "" {
		return "the value itself"
	}
	return path
}

// like reports whether pattern is s, where each ... in it stands for any text.
func like(s, pattern string) bool {
	parts := strings.Split(pattern, anything)
	if len(parts) == 1 {
		return s == pattern
	}

	s, ok := strings.CutPrefix(s, parts[0])
	if !ok {
		return false
	}

	last := len(parts) - 1
	if s, ok = strings.CutSuffix(s, parts[last]); !ok {
		return false
	}

	for _, p := range parts[1:last] {
		if _, s, ok = strings.Cut(s, p); !ok {
			return false
		}
	}

	return true
}

func equalNumbers(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, ok := new(big.Rat).SetString(a.String())
	y, okY := new(big.Rat).SetString(b.String())
	return ok && okY && x.Cmp(y) == 0
}

// decode reads one JSON value, numbers to their last digit. No bytes at all are a tombstone: null.
func decode(b []byte) (any, error) {
	if len(b) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()

	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}

	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more behind the JSON")
	}

	return v, nil
}
