package verb

import "encoding/json"

// outcome is what an answer comes to, in the program's words, else as JSON.
func (p Program) outcome(operator string, answer []byte) Outcome {
	if p.Outcome != nil {
		return p.Outcome(operator, answer)
	}

	if answer == nil {
		return Outcome{Kind: "nobody", Text: "nobody decided"}
	}
	same := canonical(answer)
	return Outcome{Kind: "answered", Same: same, Text: same}
}

// canonical is JSON without what doesn't matter: spaces, and the order of fields. What is no JSON stays as it
// is.
func canonical(b []byte) string {
	var v any
	if json.Unmarshal(b, &v) != nil {
		return string(b)
	}

	c, err := json.Marshal(v)
	if err != nil {
		return string(b)
	}

	return string(c)
}

// to names a change: "rebooked -> kept".
func (o Outcome) to(other Outcome) string {
	if o.Kind == other.Kind {
		return o.Kind + ", another"
	}
	return o.Kind + " -> " + other.Kind
}
