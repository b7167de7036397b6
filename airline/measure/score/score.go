package score

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// Notes keeps the last decision of each customer whose note has a known meaning. It belongs to one goroutine.
type Notes struct {
	meanings map[vocab.CustomerID]Meaning
	last     map[vocab.CustomerID]vocab.Decision
}

// New returns a judge who knows what notes mean. Customers who wrote none are not among them.
func New(meanings map[vocab.CustomerID]Meaning) *Notes {
	return &Notes{meanings: meanings, last: map[vocab.CustomerID]vocab.Decision{}}
}

// Add takes in a final decision, as on the topic. Those of one customer come in their order.
func (n *Notes) Add(d vocab.Decision) {
	if len(n.meanings[d.Customer]) > 0 {
		n.last[d.Customer] = d
	}
}

// A Table is how two sides did on the same cases.
type Table struct {
	Cases      int            `json:"cases"`        // decided, with a note
	OutOfReach int            `json:"out_of_reach"` // of these: nothing could honour the note
	Judged     int            `json:"judged"`       // the others
	Decided    Side           `json:"decided"`      // what was decided
	Policy     Side           `json:"policy"`       // what the policy would have decided
	Paired     Paired         `json:"paired"`       // first: decided; second: policy
	Points     float64        `json:"points"`       // the difference of the shares, in percentage points
	PointsCI   Interval       `json:"points_ci"`
	Travel     int            `json:"travel"` // judged cases in which they travel by both: of these are the minutes
	ByWish     []Wished       `json:"by_wish"`
	DecidedBy  map[string]int `json:"decided_by"` // who made what was decided, in the judged cases
}

// A Side is how one side did on the judged cases.
type Side struct {
	Honoured int      `json:"honoured"`
	Share    float64  `json:"share"` // of the judged, 0 to 1
	CI       Interval `json:"ci"`
	Grounded int      `json:"grounded"` // who don't travel, by their wish or not: refunded, or with a person
	Behind   float64  `json:"behind"`   // mean minutes of arrival after the best that could be chosen, of Travel
}

// A Wished is the part of a Table that is about one kind of wish.
type Wished struct {
	Wish    vocab.Wish `json:"wish"`
	Judged  int        `json:"judged"`
	Decided int        `json:"decided"` // honoured
	Policy  int        `json:"policy"`  // honoured
}

// Table judges what has been added.
func (n *Notes) Table() Table {
	t := Table{Cases: len(n.last), DecidedBy: map[string]int{}}
	for c, d := range n.last {
		t.judge(n.meanings[c], d)
	}
	t.finish()
	return t
}

func (t *Table) judge(m Meaning, d vocab.Decision) {
	w, ok := m.counts(d.Facts)
	if !ok {
		t.OutOfReach++
		return
	}

	decided := rebooking.Choice{Outcome: d.Outcome, Trip: d.Trip}
	policy := rebooking.Choose(d.Facts, vocab.Reading{})
	first, second := w.honoured(d.Facts, decided), w.honoured(d.Facts, policy)
	t.Paired.add(first, second)
	t.DecidedBy[d.DecidedBy]++
	t.wished(w.Kind, first, second)
	t.travel(d.Facts, decided, policy)
}

func (t *Table) wished(kind vocab.Wish, first, second bool) {
	at := slices.IndexFunc(t.ByWish, func(w Wished) bool { return w.Wish == kind })
	if at < 0 {
		at = len(t.ByWish)
		t.ByWish = append(t.ByWish, Wished{Wish: kind})
	}

	w := &t.ByWish[at]
	w.Judged++
	w.Decided += count(first)
	w.Policy += count(second)
}

// travel sums minutes, of which finish makes means. They compare only where both sides have the party travel.
func (t *Table) travel(f vocab.Facts, decided, policy rebooking.Choice) {
	t.Decided.Grounded += count(!travels(decided))
	t.Policy.Grounded += count(!travels(policy))
	if travels(decided) && travels(policy) {
		t.Travel++
		t.Decided.Behind += behind(f, decided).Minutes()
		t.Policy.Behind += behind(f, policy).Minutes()
	}
}

func (t *Table) finish() {
	t.Judged = t.Paired.N()
	t.Decided.finish(t.Paired.Both+t.Paired.First, t.Judged, t.Travel)
	t.Policy.finish(t.Paired.Both+t.Paired.Second, t.Judged, t.Travel)
	d, ci := t.Paired.Difference()
	t.Points, t.PointsCI = 100*d, Interval{100 * ci.Low, 100 * ci.High}
	slices.SortFunc(t.ByWish, func(a, b Wished) int { return cmp.Compare(a.Wish, b.Wish) })
}

func (s *Side) finish(honoured, judged, travel int) {
	s.Honoured, s.CI = honoured, Wilson(honoured, judged)
	s.Share = float64(honoured) / float64(max(1, judged))
	s.Behind /= float64(max(1, travel))
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// policy is the name of who decides by rules alone. Beside itself it would say nothing.
const policy = "policy"

// Text is the table for people; name is who decided: a model, or the policy.
func (t Table) Text(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d cases with a note; in %d of them nothing could honour it; the other %d:\n", t.Cases,
		t.OutOfReach, t.Judged)
	table(&b, func(w io.Writer) {
		fmt.Fprintln(w, "\thonoured\tshare\t95 %\tmin behind best\tnot travelling\t")
		t.Decided.print(w, name)

		if name == policy {
			return
		}
		t.Policy.print(w, policy)
		fmt.Fprintf(w, "difference\t%+d\t%+.1f pts\t%+.1f to %+.1f\t%+.1f\t%+d\t\n",
			t.Decided.Honoured-t.Policy.Honoured, t.Points,
			t.PointsCI.Low, t.PointsCI.High, t.Decided.Behind-t.Policy.Behind, t.Decided.Grounded-t.Policy.Grounded)
	})

	fmt.Fprintf(&b, "Minutes are means over the %d cases in which the party travels%s. By what the note says:\n", t.Travel, map[bool]string{false: " by both"}[name == policy])
	table(&b, func(w io.Writer) {
		fmt.Fprintf(w, "\tcases\t%s\t%s\n", name, map[bool]string{false: policy + "\t"}[name == policy])

		for _, k := range t.ByWish {
			fmt.Fprintf(w, "%s\t%d\t%d\t", k.Wish, k.Judged, k.Decided)

			if name != policy {
				fmt.Fprintf(w, "%d\t", k.Policy)
			}
			fmt.Fprintln(w)
		}
	})

	return b.String()
}

// table aligns columns. A Builder takes everything, so there is no error.
func table(b *strings.Builder, rows func(io.Writer)) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	rows(w)
	_ = w.Flush()
}

func (s Side) print(w io.Writer, name string) {
	fmt.Fprintf(w, "%s\t%d\t%.1f %%\t%.1f to %.1f\t%.1f\t%d\t\n", name, s.Honoured, 100*s.Share, 100*s.CI.Low,
		100*s.CI.High, s.Behind, s.Grounded)
}
