package exam

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// A Part is one half of the cases. Tuning looks at the cases of one part only. The other part tells what it
// is worth on cases that it has not seen.
type Part string

// The parts.
const (
	Tune   Part = "tune"
	Report Part = "report"
)

// PartOf returns the part of a case, by its id alone.
func PartOf(id string) Part {
	h := fnv.New32a()
	_, _ = io.WriteString(h, id)
	if h.Sum32()%2 == 0 {
		return Tune
	}
	return Report
}

// maxLine bounds a line of a file, in bytes.
const maxLine = 4 << 20

// readLines decodes JSON Lines. A line with unknown fields, or one that is not valid, is an error that names
// the line. Empty lines are skipped.
func readLines[T any](r io.Reader, valid func(T) (id string, err error)) (all []T, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)

	seen := map[string]bool{}
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}

		var one T
		var id string
		err := decodeStrictly(lines.Bytes(), &one)
		if err == nil {
			id, err = valid(one)
		}

		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", n, err)
		case id == "":
			return nil, fmt.Errorf("line %d: no id", n)
		case seen[id]:
			return nil, fmt.Errorf("line %d: the id %q is there twice", n, id)
		}

		seen[id] = true
		all = append(all, one)
	}

	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errors.New("no cases")
	}

	return all, nil
}

// decodeStrictly decodes one value, without unknown fields.
func decodeStrictly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}

	if d.More() {
		return errors.New("more than one value")
	}
	return nil
}
