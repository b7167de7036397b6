package verb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/slipstream-go/slipstream/internal/exact"
	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/journal/replay"
)

// A comparison is decisions then and now. Its JSON is a contract: names are added, never changed.
type comparison struct {
	Model     string         `json:"model"` // of now
	Prompt    string         `json:"prompt,omitempty"`
	Decisions int            `json:"decisions"` // on record
	Agree     int            `json:"agree"`
	Read      int            `json:"read"`            // that a model had a part in, then or now
	ReadAgree int            `json:"read_agree"`      // of these
	Changes   map[string]int `json:"changes"`         // "rebooked -> kept"
	Failed    int            `json:"failed"`          // by the model of now, which gave no answer
	Missing   int            `json:"missing"`         // that cannot be made again: what they saw is not on record
	Invalid   int            `json:"invalid"`         // answers of now that would not have held
	Then      spending       `json:"then"`            // of those compared
	Now       spending       `json:"now"`             //
	Diffs     []difference   `json:"diffs,omitempty"` // some of the changes

	outcome  func(operator string, answer []byte) Outcome
	maxDiffs int
}

// modelHeader is where package llm puts the name of the model that answered, among a decision's headers.
const modelHeader = "model"

// A spending is what answers of a model cost.
type spending struct {
	Exchanges int     `json:"exchanges"`
	TokensIn  int     `json:"tokens_in"`
	TokensOut int     `json:"tokens_out"`
	MedianMS  float64 `json:"median_ms"`
	took      []int64
}

// A difference is one decision that changed.
type difference struct {
	ID   string     `json:"id"`
	Key  exact.Text `json:"key"`
	Note string     `json:"note,omitempty"`
	Then string     `json:"then"`
	Now  string     `json:"now"`
}

// add compares one decision. One that neither then nor now was a model's is the rules'.
func (c *comparison) add(e journal.Entry, now replay.Outcome, err error) {
	c.Decisions++
	if err != nil || errors.Is(now.Err, journal.ErrMissing) {
		c.Missing++
		return
	}

	read := e.Headers[modelHeader] != "" || now.Headers[modelHeader] != "" || now.Err != nil
	if read {
		c.Read++
	}
	c.Then.add(e.Notes)
	c.Now.add(now.Notes)

	if now.Err != nil {
		c.Failed++
		return
	}

	if now.Holds != nil {
		c.Invalid++
	}

	if !c.compare(e, now) {
		return
	}

	c.Agree++
	if read {
		c.ReadAgree++
	}
}

func (c *comparison) compare(e journal.Entry, now replay.Outcome) (agree bool) {
	answer := e.Answer
	if e.Instead != nil {
		answer = e.Instead
	}

	was, is := c.outcome(e.Operator, answer), c.outcome(e.Operator, now.Answer)
	if was.Same == is.Same {
		return true
	}

	if c.Changes == nil {
		c.Changes = map[string]int{}
	}

	c.Changes[was.to(is)]++
	if len(c.Diffs) < c.maxDiffs {
		c.Diffs = append(c.Diffs, difference{e.ID, exact.Text(e.Key), is.Note, was.Text, is.Text})
	}

	return false
}

// A usage is the note that package llm/transcript leaves of each exchange with a model.
type usage struct {
	TokensIn  int   `json:"tokens_in"`
	TokensOut int   `json:"tokens_out"`
	MS        int64 `json:"ms"`
}

// add counts the exchanges with the model of one decision.
func (s *spending) add(notes []journal.Note) {
	for _, n := range notes {
		var c usage
		if !strings.HasPrefix(n.Name, "usage ") || json.Unmarshal([]byte(n.Text), &c) != nil {
			continue
		}

		s.Exchanges++
		s.TokensIn += c.TokensIn
		s.TokensOut += c.TokensOut
		s.took = append(s.took, c.MS)
	}

	if n := len(s.took); n > 0 {
		slices.Sort(s.took)
		s.MedianMS = float64(s.took[(n-1)/2]+s.took[n/2]) / 2
	}
}

func (s *spending) String() string {
	return fmt.Sprintf("%d exchanges with the model, %d tokens read, %d written, %.0f ms in the median",
		s.Exchanges, s.TokensIn, s.TokensOut, s.MedianMS)
}

func share(n, of int) string {
	return fmt.Sprintf("%d of %d (%.1f %%)", n, of, 100*float64(n)/float64(max(of, 1)))
}

func (c *comparison) print(w io.Writer, asJSON bool) error {
	by := ""
	if c.Model != "" {
		by = " by " + c.Model
	}
	fmt.Fprintf(w, "%d decisions on record, made again%s\n", c.Decisions, by)
	fmt.Fprintf(w, "agree    %s; of those that a model had a part in, %s\n",
		share(c.Agree, c.Decisions), share(c.ReadAgree, c.Read))
	changes := slices.Sorted(maps.Keys(c.Changes))
	slices.SortStableFunc(changes, func(a, b string) int { return c.Changes[b] - c.Changes[a] })

	for _, kind := range changes {
		fmt.Fprintf(w, "changed  %d %s\n", c.Changes[kind], Escape(kind))
	}
	some := func(n int, format string) {
		if n > 0 {
			fmt.Fprintf(w, format, n)
		}
	}
	some(c.Failed, "failed   %d: no answer that can be used\n")
	some(c.Invalid, "invalid  %d answers that would not have held, and would be asked again\n")
	some(c.Missing, "missing  %d cannot be made again: what they saw is not on record\n")
	fmt.Fprintf(w, "then     %s, answers that were not taken included\nnow      %s\n", &c.Then, &c.Now)

	for _, d := range c.Diffs {
		fmt.Fprintf(w, "\n%s", Escape(string(d.Key)))

		if d.Note != "" {
			fmt.Fprintf(w, "  %s", strconv.Quote(d.Note))
		}
		fmt.Fprintln(w)
		fmt.Fprintf(w, "  then  %s\n  now   %s\n  %s\n", Escape(d.Then), Escape(d.Now), Escape(d.ID))
	}

	if asJSON {
		return json.NewEncoder(w).Encode(c)
	}

	return nil
}
