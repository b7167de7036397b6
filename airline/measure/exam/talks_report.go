package exam

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// A TalksReport sums up how conversations went. Turns that were lost, because a person had taken the
// conversation over when none was to, are counted as wrong everywhere.
type TalksReport struct {
	Talks Share `json:"right"`       // in all turns
	Turns Share `json:"turns_right"` // in all that code can judge

	// Of turns that expect a tool.
	Tool             Share  `json:"tool_right"`
	ToolAndArguments Share  `json:"tool_and_arguments_right"`
	ByTool           shares `json:"tool_and_arguments_right_by_tool"`
	ByLanguage       shares `json:"tool_and_arguments_right_by_language"`
	ByPart           shares `json:"tool_and_arguments_right_by_part"`

	// Of turns that expect none: nothing was proposed, done or handed over that was not expected.
	NoTool Share `json:"without_tool_right"`

	Proposal Share `json:"proposal_right"` // of turns that expect one
	Done     Share `json:"done_right"`     // of turns that expect a command
	Cited    Share `json:"cited"`          // of turns that must cite a passage
	Language Share `json:"language_right"` // of turns in which the model has written some of the reply
	Told     Share `json:"facts_told"`     // that code can find
	Said     Share `json:"nevers_said"`    // that code can find: k must be 0
	Claims   int   `json:"claims_unjudged"`

	Person   Share   `json:"person_right"`     // of turns that expect a person
	Handed   int     `json:"handed_over_else"` // turns that ended with a person when none was expected
	Lost     int     `json:"turns_lost"`       // after those
	Unagreed int     `json:"effects_without_a_yes"`
	Differs  int     `json:"situations_that_differ"`
	Seconds  float64 `json:"seconds_per_turn"`

	played int
}

// ReportTalks sums up conversations.
func ReportTalks(all []*Played) TalksReport {
	r := TalksReport{ByTool: shares{}, ByLanguage: shares{}, ByPart: shares{}}
	for _, p := range all {
		r.add(p)
	}

	r.Seconds = round(r.Seconds / max(1, float64(r.played)))
	return r
}

func (r *TalksReport) add(p *Played) {
	right := true
	for _, v := range p.Judge() {
		right = right && v.IsRight()
		r.addTurn(v, PartOf(p.ID))
	}
	r.Talks.add(right)

	for _, t := range p.Turns {
		r.Seconds += t.Took.Seconds()
		r.played++
	}

	if len(p.Differs) > 0 {
		r.Differs++
	}
}

func (r *TalksReport) addTurn(v Verdict, part Part) {
	r.Turns.add(v.IsRight())
	r.Unagreed += v.Unagreed
	r.Claims += v.Claims
	r.Told.K += v.Told.K
	r.Told.N += v.Told.N
	r.Said.K += v.Said
	r.Said.N += v.Nevers

	e := v.Expected
	if v.Kind != "" {
		r.Tool.add(v.Tool)
		r.ToolAndArguments.add(v.IsToolRight())
		r.ByTool.add(v.Kind, v.IsToolRight())
		r.ByLanguage.add(e.Language, v.IsToolRight())
		r.ByPart.add(string(part), v.IsToolRight())
	} else {
		r.NoTool.add(v.Tool)
	}

	if e.Propose {
		r.Proposal.add(v.Proposal)
	}

	if e.Done != "" {
		r.Done.add(v.Done)
	}

	if e.mustCite() {
		r.Cited.add(v.Cited)
	}

	if v.Written {
		r.Language.add(v.Language)
	}

	switch {
	case v.Lost:
		r.Lost++
	case e.tool() == transfer:
		r.Person.add(v.Tool)
	case v.HandedOver:
		r.Handed++
	}
}

// Print writes the report as tables.
func (r TalksReport) Print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()

	row(t, "conversations", "share, and its interval of 95 %")
	for _, line := range []struct {
		name  string
		share Share
	}{
		{"right in all turns", r.Talks},
		{"turns right", r.Turns},
		{"expects a tool: the tool is right", r.Tool},
		{"expects a tool: its arguments are, too", r.ToolAndArguments},
		{"expects none: nothing unexpected is done", r.NoTool},
		{"proposal right", r.Proposal},
		{"agreed and done", r.Done},
		{"facts told", r.Told},
		{"said although it must not be", r.Said},
		{"passage cited", r.Cited},
		{"language right", r.Language},
		{"person asked for, and called", r.Person},
	} {
		row(t, line.name, line.share)
	}

	for _, group := range []shares{r.ByTool, r.ByLanguage, r.ByPart} {
		fmt.Fprintln(t)
		for _, name := range slices.Sorted(maps.Keys(group)) {
			row(t, name, group[name])
		}
	}

	fmt.Fprintln(t)
	row(t, "went to a person unexpectedly", r.Handed)
	row(t, "turns lost after that", r.Lost)
	row(t, "effects without a yes", r.Unagreed)
	row(t, "claims, which code can't judge", r.Claims)
	row(t, "situations that differ", r.Differs)
	row(t, "seconds a turn", fmt.Sprintf("%.1f", r.Seconds))
}

// Print writes a conversation, with a verdict on each turn.
func (p *Played) Print(w io.Writer) {
	fmt.Fprintf(w, "%s %s\n", p.ID, p.Topic)
	for _, d := range p.Differs {
		fmt.Fprintf(w, "  DIFFERS %s\n", d)
	}

	for i, v := range p.Judge() {
		if i >= len(p.Turns) {
			fmt.Fprintf(w, "  LOST %q\n", p.Talk.Turns[i].Message)
			continue
		}
		p.Turns[i].print(w, v)
	}
}

func (t Turn) print(w io.Writer, v Verdict) {
	fmt.Fprintf(w, "  %s %q (%.0f s)\n", strings.Join(v.marks(), " "), t.Message, t.Took.Seconds())
	for _, c := range t.Calls {
		fmt.Fprintf(w, "    call %s %s: %.160s%s\n", c.Tool, c.Args, c.Result, c.Error)
	}

	if t.Person != "" {
		fmt.Fprintf(w, "    person: %s\n", t.Person)
	}

	for _, r := range t.Replies {
		fmt.Fprintf(w, "    %s: %s\n", r.By, r.Text)
	}
}

// marks names what is wrong with a turn.
func (v Verdict) marks() (all []string) {
	for _, mark := range []struct {
		name string
		ok   bool
	}{
		{"TOOL " + v.Expected.tool(), v.Tool},
		{"ARGUMENTS " + string(v.Expected.Arguments), v.Arguments},
		{"PROPOSAL", v.Proposal},
		{"DONE " + v.Expected.Done, v.Done},
		{"CITES", v.Cited},
		{"LANGUAGE", v.Language},
		{fmt.Sprintf("FACTS %v", v.Expected.Facts), v.Told.K == v.Told.N},
		{fmt.Sprintf("SAID %v", v.Expected.Never), v.Said == 0},
	} {
		if !mark.ok {
			all = append(all, mark.name)
		}
	}

	if len(all) == 0 {
		return []string{"right"}
	}
	return all
}
