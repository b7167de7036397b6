package referee

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
)

// lines yields the objects of name.jsonl or name.jsonl.gz, whichever is there, one a line; without either,
// the error is fs.ErrNotExist. An error names file and line, and is the last.
func lines[T any](files fs.FS, name string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T

		file, r, err := open(files, name)
		if err != nil {
			yield(none, err)
			return
		}
		defer file.Close()

		in := bufio.NewReader(r)
		for n := 1; ; n++ {
			line, err := in.ReadBytes('\n')
			if len(line) > 0 {
				var v T
				if err := json.Unmarshal(line, &v); err != nil {
					yield(none, fmt.Errorf("%s, line %d: %w", name, n, err))
					return
				}

				if !yield(v, nil) {
					return
				}
			}

			if err == io.EOF {
				return
			}

			if err != nil {
				yield(none, fmt.Errorf("%s, line %d: %w", name, n, err))
				return
			}
		}
	}
}

func open(files fs.FS, name string) (fs.File, io.Reader, error) {
	file, err := files.Open(name + ".jsonl")
	if err == nil {
		return file, file, nil
	}

	if !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}

	file, err = files.Open(name + ".jsonl.gz")
	if err != nil {
		return nil, nil, fmt.Errorf("%s.jsonl or %s.jsonl.gz: %w", name, name, unwrapped(err))
	}

	r, err := gzip.NewReader(file)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s.jsonl.gz: %w", name, err), file.Close())
	}

	return file, r, nil
}

// unwrapped leaves out the name that a PathError repeats.
func unwrapped(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
