package topologytest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// size is {2MB} in JSON: that much text. At most maxSize, so that a slip is an error and not a full memory.
var (
	size  = regexp.MustCompile(`\{(\d{1,9})(B|KB|MB)\}`)
	units = map[string]int{"B": 1, "KB": 1 << 10, "MB": 1 << 20}
)

const maxSize = 64 << 20

// A value is what a line says of its key: JSON, raw "…" or none.
type value struct {
	raw, none bool
	src       string // the JSON, or the bytes of raw
	tree      any    // the JSON, decoded
}

// checkValue points to what is wrong in a value. With repeated it may use {n}, which is as wide as a number.
func checkValue(t span, repeated bool) error {
	s := t.s
	if repeated {
		s = strings.ReplaceAll(s, "{n}", "111")
	}

	if raw, ok := strings.CutPrefix(s, "raw "); ok {
		_, err := span{raw, t.from(len("raw ")).at}.unquote()
		return err
	}

	if s == "none" || s == "" {
		return wantValue(t)
	}

	for _, m := range size.FindAllStringSubmatch(s, -1) {
		if n, _ := strconv.Atoi(m[1]); n > maxSize/units[m[2]] {
			return t.errorf(strings.Index(s, m[0]), "%s is more than a test should hold", m[0])
		}
	}

	if offset, err := decodeAt(s); err != nil {
		return t.errorf(offset, "not JSON: %v", err)
	}

	return nil
}

func wantValue(t span) error {
	if t.s == "" {
		return t.errorf(0, `a value is missing: JSON ("..." is any), or raw "…"`)
	}
	return nil
}

// newValue makes a value of a text that checkValue has passed.
func newValue(s string) (value, error) {
	if s == "none" {
		return value{none: true}, nil
	}

	if quoted, ok := strings.CutPrefix(s, "raw "); ok {
		raw, err := strconv.Unquote(strings.TrimSpace(quoted))
		return value{raw: true, src: raw}, err
	}

	s = size.ReplaceAllStringFunc(s, func(m string) string {
		parts := size.FindStringSubmatch(m)
		n, _ := strconv.Atoi(parts[1])
		return strings.Repeat("x", n*units[parts[2]])
	})
	tree, err := decode([]byte(s))

	return value{src: s, tree: tree}, err
}

// bytes is the value as a record carries it; a tombstone is nil.
func (v value) bytes() []byte {
	if !v.raw && v.tree == nil {
		return nil
	}
	return []byte(v.src)
}

func (v value) String() string {
	switch {
	case v.none:
		return "none"
	case v.raw:
		return fmt.Sprintf("raw %q", v.src)
	}
	return compact(v.tree)
}

// decodeAt says at which byte of s the JSON goes wrong.
func decodeAt(s string) (offset int, err error) {
	var x any

	err = json.Unmarshal([]byte(s), &x)
	if e, ok := err.(*json.SyntaxError); ok {
		offset = int(e.Offset) - 1
		if strings.Contains(e.Error(), "unexpected end") {
			offset = len(s)
		}
	}

	return offset, err
}
