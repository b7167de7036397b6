package referee

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// The suites, as they are run and reported.
const (
	Calls        = "calls"        // single calls
	Sequences    = "sequences"    // designed by hand
	Tasks        = "tasks"        // the benchmark's own, with the rows in the end
	Trajectories = "trajectories" // what a model really called
)

// Suites are all of them, in order.
var Suites = []string{Calls, Sequences, Tasks, Trajectories}

// ReadCases reads the cases in a folder: calls, sequences, trajectories, and tasks from tasks, expected and
// final. Each is name.jsonl or name.jsonl.gz; any may be missing, but not all. Other files, and fields that
// are not known, are left alone; an error says what is wrong in which file.
func ReadCases(files fs.FS) (all []*Case, err error) {
	for _, read := range []func(fs.FS) ([]*Case, error){readCalls, readSequences, readTasks, readTrajectories} {
		cases, err := read(files)
		if err != nil {
			return nil, fmt.Errorf("referee: %w", err)
		}

		all = append(all, cases...)
	}

	if len(all) == 0 {
		return nil, errors.New("referee: no cases: there are no calls, sequences, trajectories, " +
			"or tasks with expected or final")
	}

	return all, nil
}

func readCalls(files fs.FS) ([]*Case, error) {
	type line struct {
		ID    json.RawMessage `json:"id"`
		Case  string          `json:"case"`
		Quirk bool            `json:"quirk"`
		Call
	}

	return read(files, Calls, func(l line) (*Case, error) {
		return &Case{Suite: Calls, ID: name(l.ID), Title: l.Case, Quirk: l.Quirk,
			Calls: []Call{l.Call}}, l.valid()
	})
}

func readSequences(files fs.FS) ([]*Case, error) {
	type line struct {
		ID    json.RawMessage `json:"id"`
		Case  string          `json:"case"`
		Quirk bool            `json:"quirk"`
		Calls []Call          `json:"calls"`
		Final *[]Change       `json:"final_changed"`
	}

	return read(files, Sequences, func(l line) (*Case, error) {
		c := &Case{Suite: Sequences, ID: name(l.ID), Title: l.Case, Quirk: l.Quirk, Calls: l.Calls,
			Final: l.Final}
		return c, validAll(l.Calls)
	})
}

func readTrajectories(files fs.FS) ([]*Case, error) {
	type line struct {
		Task  json.RawMessage `json:"v1_task"`
		Trial json.RawMessage `json:"trial"`
		User  string          `json:"user_id"`
		Calls []Call          `json:"calls"`
		Final *[]Change       `json:"final_changed"`
	}

	return read(files, Trajectories, func(l line) (*Case, error) {
		id := name(l.Task) + "." + name(l.Trial)
		return &Case{Suite: Trajectories, ID: id, Title: l.User, Calls: l.Calls,
			Final: l.Final}, validAll(l.Calls)
	})
}

// readTasks puts together what three files say of a task. Without expected, the actions of the task itself
// are made, and only the rows in the end are judged.
func readTasks(files fs.FS) ([]*Case, error) {
	tasks := map[string]*Case{}
	var order []string

	at := func(id json.RawMessage) *Case {
		c, ok := tasks[name(id)]
		if !ok {
			c = &Case{Suite: Tasks, ID: name(id)}
			tasks[c.ID], order = c, append(order, c.ID)
		}
		return c
	}
	for _, part := range []func(fs.FS, func(json.RawMessage) *Case) error{readActions, readExpected, readFinal} {
		if err := part(files, at); err != nil {
			return nil, err
		}
	}

	var all []*Case
	for _, id := range order {
		if c := tasks[id]; len(c.Calls) > 0 || c.Final != nil {
			all = append(all, c)
		}
	}

	return all, nil
}

func readActions(files fs.FS, at func(json.RawMessage) *Case) error {
	type line struct {
		ID      json.RawMessage `json:"id"`
		Purpose string          `json:"purpose"`
		Actions []Call          `json:"actions"`
	}

	return each(files, "tasks", func(l line) error {
		c := at(l.ID)
		c.Title, c.Calls = l.Purpose, l.Actions
		return nil
	})
}

func readExpected(files fs.FS, at func(json.RawMessage) *Case) error {
	type line struct {
		Task json.RawMessage `json:"task"`
		Seq  int             `json:"seq"`
		Call
	}
	found := map[*Case][]line{}
	err := each(files, "expected", func(l line) error {
		c := at(l.Task)
		found[c] = append(found[c], l)
		return l.valid()
	})
	for c, all := range found {
		slices.SortStableFunc(all, func(a, b line) int { return cmp.Compare(a.Seq, b.Seq) })

		c.Calls = nil
		for _, l := range all {
			c.Calls = append(c.Calls, l.Call)
		}
	}

	return err
}

func readFinal(files fs.FS, at func(json.RawMessage) *Case) error {
	type line struct {
		Task    json.RawMessage `json:"task"`
		Actions *int            `json:"actions"`
		Changed *[]Change       `json:"changed"`
	}

	return each(files, "final", func(l line) error {
		if l.Changed == nil {
			return fmt.Errorf("task %s: without changed", name(l.Task))
		}

		if c := at(l.Task); l.Actions == nil || *l.Actions == len(c.Calls) { // else their file is missing
			c.Final = l.Changed
		}
		return nil
	})
}

// read makes a case of each line of a file.
func read[L any](files fs.FS, file string, of func(L) (*Case, error)) (all []*Case, err error) {
	err = each(files, file, func(l L) error {
		c, err := of(l)
		if err != nil {
			return fmt.Errorf("%s: %w", c.ID, err)
		}

		all = append(all, c)
		return nil
	})

	return all, err
}

// each takes in the lines of a file, if it is there.
func each[L any](files fs.FS, file string, take func(L) error) error {
	n := 0
	for l, err := range lines[L](files, file) {
		n++

		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}

		if err != nil {
			return err
		}

		if err := take(l); err != nil {
			return fmt.Errorf("%s, line %d: %w", file, n, err)
		}
	}

	return nil
}

func validAll(calls []Call) error {
	for _, c := range calls {
		if err := c.valid(); err != nil {
			return err
		}
	}
	return nil
}

// name is an id that may be a number or text.
func name(id json.RawMessage) string { return strings.Trim(string(id), `"`) }
