package concierge

import (
	"testing"

	"github.com/slipstream-go/slipstream/llm/agent"
)

// What a reply may promise and deny, in a turn in which no desk has acted.
func TestHonest(t *testing.T) {
	const known = "Instead: SL3 on 2013-03-08, leaves 19:30."
	for reply, want := range map[string]error{
		"I will move your reservation to SL3.":                  errPromise,
		"I've just cancelled it.":                               errPromise,
		"I'm now booking you on SL3.":                           errPromise,
		"There are no flights available for you tonight.":       errDenial,
		"There are no other flights.":                           errDenial,
		"There is no flight before 6 pm; SL3 leaves at 7:30.":   nil,
		"You are booked on SL1. I will gladly help you further": nil,
		"I have found SL3, which leaves at 19:30.":              nil,
	} {
		if got := checkPromises(known, nil, 2, reply); got != want {
			t.Errorf("%s\n\tgot %v, want %v", reply, got, want)
		}
	}

	if err := checkPromises(known, []agent.Line{{Turn: 2, By: agent.ByDesk}}, 2,
		"I have moved you to SL3."); err != nil {
		t.Errorf("after the desk has done it: %v", err)
	}

	if err := checkPromises("nothing else flies", nil, 2, "There are no other flights."); err != nil {
		t.Errorf("when there are none: %v", err)
	}
}

// A rule is told with the passage that says so.
func TestRuled(t *testing.T) {
	for reply, want := range map[string]error{
		"We don't allow pets on flights.":                errRule,
		"Dogs are not permitted.":                        errRule,
		"Small pets are allowed in the cabin [pets-in].": nil,
		"SL3 leaves at 19:30.":                           nil,
	} {
		if got := checkRule(reply); got != want {
			t.Errorf("%s\n\tgot %v, want %v", reply, got, want)
		}
	}
}
