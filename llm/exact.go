package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
)

// decodeExact reads one JSON value. Numbers stay as they are written, as json.Numbers: a float64 has no room
// for an integer beyond 2^53, such as an order number.
func decodeExact(text []byte) (v any, err error) {
	if err := json.Unmarshal(text, new(json.RawMessage)); err != nil {
		return nil, err
	}

	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}

	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one JSON value")
	}

	return v, nil
}

// sortedExact is the JSON of a value with its names sorted and its numbers as they were written.
func sortedExact(text []byte) (json.RawMessage, error) {
	v, err := decodeExact(text)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// maxDigits bounds a number, whether it is written in full or with an exponent. A float64 has at most 309
// digits before its point.
const maxDigits = 400

func isHuge(n json.Number) bool {
	_, exponent, _ := strings.Cut(strings.ToLower(n.String()), "e")
	e, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	return len(n) > maxDigits || exponent != "" && (err != nil || e > maxDigits || e < -maxDigits)
}

// findHugeNumber returns the first number within v that takes too long to compute with.
func findHugeNumber(v any, path string) *fault {
	switch v := v.(type) {
	case json.Number:
		if isHuge(v) {
			return &fault{path: path, want: fmt.Sprintf("a number of at most %d digits", maxDigits),
				got: excerptJSON(v)}
		}
	case []any:
		for i, item := range v {
			if f := findHugeNumber(item, fmt.Sprintf("%s[%d]", path, i)); f != nil {
				return f
			}
		}
	case map[string]any:
		for name, item := range v {
			if f := findHugeNumber(item, join(path, name)); f != nil {
				return f
			}
		}
	}

	return nil
}

// inGo is JSON that holds by a schema, as encoding/json reads it into a Go type: integers such as 1.0 and
// 1e3, which are integers by JSON Schema, in digits. All else stays as it is.
func inGo(text []byte, v any) []byte {
	plain, changed := plainIntegers(v)
	if !changed {
		return text
	}

	out, err := json.Marshal(plain)
	if err != nil {
		return text
	}

	return out
}

// plainIntegers returns a copy of v if there is something to change in it.
func plainIntegers(v any) (plain any, changed bool) {
	switch v := v.(type) {
	case json.Number:
		return plainInteger(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			var c bool
			out[i], c = plainIntegers(item)
			changed = changed || c
		}
		return out, changed
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, item := range v {
			var c bool
			out[name], c = plainIntegers(item)
			changed = changed || c
		}
		return out, changed
	}

	return v, false
}

func plainInteger(n json.Number) (json.Number, bool) {
	if !strings.ContainsAny(n.String(), ".eE") || isHuge(n) {
		return n, false
	}

	r, ok := new(big.Rat).SetString(n.String())
	if !ok || !r.IsInt() {
		return n, false
	}

	return json.Number(r.Num().String()), true
}

// isSameNumber reports whether two numbers are equal, however they are written.
func isSameNumber(a, b string) bool {
	if isHuge(json.Number(a)) || isHuge(json.Number(b)) {
		return a == b
	}

	x, ok := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	return ok && ok2 && x.Cmp(y) == 0
}
