package referee

import (
	"cmp"
	"context"
	"fmt"
	"iter"
)

// A Verdict is of one case.
type Verdict struct {
	Case     *Case
	Calls    Count // that are on record
	Final    Count // the rows in the end: one, if they are on record
	Findings []Finding
}

// Agrees reports whether all of the case agrees.
func (v Verdict) Agrees() bool { return len(v.Findings) == 0 }

// A Finding is a call, or the end of a case, of which something differs.
type Finding struct {
	What        string // for people
	Differences []Difference
}

// A Count is of those that agree, of all that were judged.
type Count struct{ Agree, All int }

func (c Count) String() string { return fmt.Sprintf("%d/%d", c.Agree, c.All) }

func (c *Count) add(other Count) { c.Agree, c.All = c.Agree+other.Agree, c.All+other.All }

// A judge has a world make calls.
type judge struct {
	world   World
	initial Rows
}

// Run loads the initial rows into the world, has it make every call of every case, and reports each verdict
// as it falls. A call of which the world knows nothing breaks its case off, and is a finding; the error is
// for a world that can't be loaded or restored, and for the end of ctx.
func Run(ctx context.Context, world World, initial Rows, cases iter.Seq[*Case], report func(Verdict)) error {
	if err := world.Load(ctx, initial); err != nil {
		return fmt.Errorf("referee: load the tables: %w", err)
	}

	j := judge{world, initial}
	for c := range cases {
		v := j.judge(ctx, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		report(v)

		if err := world.Restore(ctx); err != nil {
			return fmt.Errorf("referee: restore the rows after %s %s: %w", c.Suite, c.ID, err)
		}
	}

	return nil
}

func (j judge) judge(ctx context.Context, c *Case) Verdict {
	v := Verdict{Case: c}
	want := Rows{} // as changed so far
	for _, call := range c.Calls {
		differences, unknown := j.call(ctx, call, want)
		v.judged(&v.Calls, call.OK != nil, call.Name+" "+string(call.Arguments), differences)

		if unknown {
			v.Calls.All += c.onRecord() - v.Calls.All
			return v
		}
	}

	if c.Final != nil {
		v.judged(&v.Final, true, "rows in the end", j.rows(ctx, Rows{}, *c.Final))
	}

	return v
}

// judged counts, and keeps what differs.
func (v *Verdict) judged(count *Count, onRecord bool, what string, differences []Difference) {
	agrees := len(differences) == 0

	if onRecord {
		count.All++
	}

	if onRecord && agrees {
		count.Agree++
	}

	if !agrees {
		v.Findings = append(v.Findings, Finding{what, differences})
	}
}

// call makes a call; unknown says that nothing is known of what came of it.
func (j judge) call(ctx context.Context, call Call, want Rows) (differences []Difference, unknown bool) {
	outcome, err := j.world.Call(ctx, call.Name, call.Arguments)
	if err != nil {
		return failure(err), true
	}

	if call.OK == nil {
		return nil, false
	}
	return append(call.differences(outcome), j.rows(ctx, want, call.Changed)...), false
}

// rows adds changes to what is wanted, and compares it with all rows of the world.
func (j judge) rows(ctx context.Context, want Rows, changes []Change) []Difference {
	if err := want.put(changes); err != nil {
		return []Difference{{"changed", "rows that can be read", err.Error()}}
	}

	got, err := j.world.Changed(ctx)
	if err != nil {
		return failure(err)
	}
	return j.initial.differences(want, got)
}

// differences compares what is on record of a call with what came of it.
func (e Expected) differences(o Outcome) []Difference {
	switch {
	case *e.OK && o.OK:
		return Diff("result", e.Result, o.Result)
	case *e.OK:
		return []Difference{{"outcome", "a result", fmt.Sprintf("%s: %s", o.Code, o.Error)}}
	case o.OK:
		want := fmt.Sprintf("%s: %s", cmp.Or(e.ErrorCode, e.ErrorKind), shorten(e.Error))
		return []Difference{{"outcome", want, shorten(string(o.Result))}}
	case e.ErrorKind == domain && e.ErrorCode != o.Code:
		return []Difference{{"error_code", e.ErrorCode, fmt.Sprintf("%s (%s)", o.Code, o.Error)}}
	}

	return nil
}

func failure(err error) []Difference {
	return []Difference{{"outcome", "one that is known", err.Error()}}
}
