package referee

import (
	"encoding/json"
	"errors"
)

// A Call is one call on record: of which tool, with which arguments, and what came of it.
type Call struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
	Expected                  // the zero value: not on record, and not judged
}

// Expected is what came of a call on record.
type Expected struct {
	OK        *bool           `json:"ok"` // nil: not on record
	Result    json.RawMessage `json:"result"`
	Error     string          `json:"error"`
	ErrorKind string          `json:"error_kind"` // only those of the domain have a code to compare
	ErrorCode string          `json:"error_code"`
	Changed   []Change        `json:"changed"` // against the rows before the call
}

// domain is the kind of the errors that have a code to compare.
const domain = "domain"

// A Case is calls, made one after the other from the initial rows on.
type Case struct {
	Suite string // calls, tasks, sequences or trajectories
	ID    string
	Title string    // what it tries
	Quirk bool      // of the recorded system: judged apart
	Calls []Call    //
	Final *[]Change // all rows that differ from the initial ones in the end; nil: not on record
}

// valid refuses what would be judged by nothing.
func (c Call) valid() error {
	switch {
	case c.Name == "":
		return errors.New("a call without a name")
	case len(c.Arguments) == 0 || c.Arguments[0] != '{':
		return errors.New(c.Name + ": arguments are no object")
	case c.OK == nil:
		return errors.New(c.Name + ": without ok")
	case *c.OK && c.Result == nil:
		return errors.New(c.Name + ": ok without a result")
	case !*c.OK && c.ErrorKind == "":
		return errors.New(c.Name + ": failed without error_kind")
	case c.ErrorKind == domain && c.ErrorCode == "":
		return errors.New(c.Name + ": a domain error without error_code")
	}

	return nil
}

// onRecord counts the calls that can be judged.
func (c Case) onRecord() (n int) {
	for _, call := range c.Calls {
		if call.OK != nil {
			n++
		}
	}
	return n
}
