package verb

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/journal"
)

// A tally counts answers that are right, or agree, among those that could be. Its JSON is a contract: names
// are added, never changed.
type tally struct {
	Cases     int     `json:"cases"` // that count
	Right     int     `json:"right"` // or agree
	Share     float64 `json:"share"`
	Low       float64 `json:"low"`  // of the share, with 95 % confidence
	High      float64 `json:"high"` //
	Failed    int     `json:"failed"`
	Invalid   int     `json:"invalid"` // answers that don't hold for their case
	Exchanges int     `json:"exchanges"`
	TokensIn  int     `json:"tokens_in"`
	TokensOut int     `json:"tokens_out"`
	MedianMS  float64 `json:"median_ms"` // of a decision
	P95MS     float64 `json:"p95_ms"`

	spent spending
	took  []time.Duration
}

// add counts one answer.
func (t *tally) add(right, failed, invalid bool, took time.Duration, notes []journal.Note) {
	t.Cases++
	t.Right += count(right)
	t.Failed += count(failed)
	t.Invalid += count(invalid)
	t.took = append(t.took, took)
	t.spent.add(notes)
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// finish computes what follows from the counts.
func (t *tally) finish() {
	t.Share = float64(t.Right) / float64(max(t.Cases, 1))
	t.Low, t.High = wilson(t.Right, t.Cases)
	t.Exchanges, t.TokensIn, t.TokensOut = t.spent.Exchanges, t.spent.TokensIn, t.spent.TokensOut

	slices.Sort(t.took)
	t.MedianMS, t.P95MS = quantile(t.took, 0.5), quantile(t.took, 0.95)
}

// quantile is the time within which that share of all sorted ones is, in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return float64(sorted[max(i, 0)].Microseconds()) / 1000
}

// wilson is the interval of a share of k in n, with 95 % confidence. Of nothing nothing is known: 0 to 1.
func wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}

	const z = 1.959963984540054 // the 97.5 % point of the normal distribution
	p, m := float64(k)/float64(n), float64(n)
	center := p + z*z/(2*m)
	reach := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	scale := 1 + z*z/m

	return max(0, (center-reach)/scale), min(1, (center+reach)/scale)
}

// rightText is "93 of 100", its share, and the interval of that.
func (t *tally) rightText() string {
	return fmt.Sprintf("%d of %d\t%.1f %%\t%.1f to %.1f %%",
		t.Right, t.Cases, 100*t.Share, 100*t.Low, 100*t.High)
}

// A yardstick tells whether two answers of an operator are the same.
type yardstick struct {
	outcome func(operator string, answer []byte) Outcome
	fields  []string // that count; none: what outcome says
}

func (y yardstick) same(operator string, a, b []byte) bool {
	if len(y.fields) > 0 {
		return y.picked(a) == y.picked(b)
	}
	return y.outcome(operator, a).Same == y.outcome(operator, b).Same
}

// picked is the fields of an answer that count.
func (y yardstick) picked(answer []byte) string {
	var all map[string]json.RawMessage
	if json.Unmarshal(answer, &all) != nil {
		return canonical(answer)
	}

	text := ""
	for _, name := range y.fields {
		text += name + "=" + canonical(all[name]) + "\n"
	}
	return text
}
