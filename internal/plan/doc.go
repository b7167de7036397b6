// Package plan is a topology as engines see it: its steps in declaration order, with their types erased, cut
// into stages.
//
// Package topology builds a [Plan] from a declaration. Engines, through internal/stage, interpret it:
//
//	p, err := t.Plan()
//	for i := range p.Stages {
//		m := stage.New(p, &p.Stages[i], stage.Options{})
//		...
//	}
//
// A plan is read by any number of goroutines once it is built, and never changed. The package imports nothing
// but the standard library.
package plan
