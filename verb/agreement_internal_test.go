package verb

import (
	"encoding/json"
	"testing"

	"github.com/slipstream-go/slipstream/journal"
)

// A shadow is compared with its operator, and not with another candidate that decided in its place.
func TestAgreementIsWithTheOperator(t *testing.T) {
	var l journal.Log
	for _, r := range []journal.Record{
		{ID: "1", Outcome: journal.Taken, Answer: journal.Bytes(`"a"`)},
		{ID: "1", Outcome: journal.Shadow, By: "brief", Answer: journal.Bytes(`"a"`)},
		{ID: "2", Outcome: journal.Taken, By: "brief", Answer: journal.Bytes(`"a"`)},
		{ID: "2", Outcome: journal.Shadow, Answer: journal.Bytes(`"b"`)},
		{ID: "3", Outcome: journal.Taken, By: "curt", Answer: journal.Bytes(`"a"`)},
		{ID: "3", Outcome: journal.Shadow, By: "brief", Answer: journal.Bytes(`"a"`)},
	} {
		r.Operator, r.Attempt = "advise", 1
		value, err := json.Marshal(r)
		if err == nil {
			err = l.Add(r.OwnKey(), value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}

	all := compareShadows(&l, yardstick{outcome: Program{}.outcome})
	if len(all) != 1 || all[0].Candidate != "brief" || all[0].Cases != 2 || all[0].Right != 1 {
		t.Errorf("%+v; want one of two right", all)
	}
}
