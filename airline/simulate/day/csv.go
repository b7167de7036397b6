package day

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

// A row is a line of a file, by column.
type row struct {
	file    string
	line    int
	columns map[string]int
	cells   []string
}

// table reads a file that must have the columns, in whatever order, and may have others.
func table(dir fs.FS, file string, columns ...string) ([]row, error) {
	f, err := dir.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)

	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: no header line: %w", file, err)
	}

	at := map[string]int{}
	for i, name := range head {
		at[strings.TrimPrefix(name, "\ufeff")] = i
	}

	for _, name := range columns {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("%s:1: no column %s", file, name)
		}
	}

	var rows []row
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}

		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := r.FieldPos(0)
		rows = append(rows, row{file, line, at, cells})
	}
}

// text is a cell; of a column that the file does not have, empty.
func (r row) text(column string) string {
	i, ok := r.columns[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// missing reports whether a cell is empty or NA.
func (r row) missing(column string) bool {
	t := r.text(column)
	return t == "" || t == "NA"
}

func (r row) number(column string) (int, error) {
	n, err := strconv.ParseFloat(r.text(column), 64)
	if err != nil || n != float64(int(n)) {
		return 0, r.wrong(column, "a whole number")
	}
	return int(n), nil
}
