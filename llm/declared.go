package llm

import "errors"

// missing returns what an operator lacks to ask anything.
func (o Operator[In, Out]) missing() error {
	switch {
	case o.Model == nil:
		return errors.New("llm: the operator has no Model: without one, each of its calls would panic")
	case o.Instructions == "" && o.Prompt == nil:
		return errors.New("llm: the operator has neither Instructions nor a Prompt: the model would not be " +
			"told what to do")
	}
	return nil
}
