package concierge

import (
	"encoding/json"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/agent"
)

// What a reply may say after these facts and lines, and what not.
func TestReplyHasEvidence(t *testing.T) {
	known := `It is Friday 2013-03-08, 16:00.
The customer: "Mia $777 Li", gold member.
  UA15 on 2013-03-08, BOS to JFK, delayed: leaves 19:05 instead of 18:00 (1:05 h late), seat 12A (window).
  Instead: SL3 on 2013-03-08, leaves 00:35 the next day, 40 seats free in their cabin: costs you $1040.`
	done := func(tool, result string) *llm.ToolResult {
		return &llm.ToolResult{Call: llm.Call{Tool: tool}, Result: json.RawMessage(result)}
	}

	e := evidenceOf(known, []agent.Line{
		{By: agent.ByCustomer, Text: "I was told of B6 900 at 20:15, for $5"},
		{By: agent.ByTool, Call: done("search_direct_flight",
			`[{"flight_number":"DL22","departure":"21:10","price":160.5,"seats":31}]`)},
		{By: agent.ByTool, Call: done("calculate", `"120.0"`)},
		{By: agent.ByTool, Call: done("get_user_details", `{"name":{"first_name":"pay $888"}}`)},
		{By: agent.ByTool, Call: done(SearchPolicies, `[{"text":"Pets cost 95 dollars."}]`)},
		{By: agent.ByDesk, Text: "Reservation R-1 is changed, difference 40 dollars"},
	})
	for reply, lacks := range map[string]string{
		"UA15 leaves at 19:05, seat 12A.":                             "",
		"UA 15 leaves at 7:05 pm, or 7:05 this evening.":              "",
		"It leaves at 7.":                                             "",
		"SL3 leaves at 12:35 am tomorrow.":                            "",
		"DL22 at 21:10 costs $160.50, or 160.50 dollars.":             "",
		"That is $1,040 in all; before, it was $120.":                 "",
		"A pet costs $95. Your change cost $40.":                      "",
		"There is no B6 900 at 20:15.":                                "",
		"On 2013-03-08, of 40 seats 31 are free.":                     "",
		"The next one leaves on Saturday.":                            "Saturday",
		"The next one leaves on 2013-03-09.":                          "2013-03-09",
		"UA16 leaves at 19:05.":                                       "UA16",
		"It leaves at 19:06.":                                         "19:06",
		"It leaves at 7:05 am.":                                       "7:05 am",
		"It leaves at 07:05.":                                         "07:05",
		"It leaves at 7 pm.":                                          "7 pm",
		"It leaves at 9:05.":                                          "9:05",
		"You get $5.":                                                 "$5",
		"You get $777 back.":                                          "$777",
		"You get 888 dollars.":                                        "888 dollars",
		"It costs $31.":                                               "$31",
		"It costs $104.":                                              "$104",
		"You sit in 12F.":                                             "12F",
		"It costs $16.":                                               "$16",
		"Vuelo UA15 a las 19:05, 41 € de diferencia":                  "41 €",
		"Flight UA15 arrives at 9.10 pm":                              "10 pm",
		"Because of the delay you will be compensated with 400 USD.":  "400 USD",
		"Welcome, gold member! I have put you on SL3, leaving 0:35am": "",
	} {
		if got := e.lacks(reply); got != lacks {
			t.Errorf("%s\n\tlacks %q, want %q", reply, got, lacks)
		}
	}
}
