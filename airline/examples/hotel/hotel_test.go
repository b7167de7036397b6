package main

import (
	"testing"

	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

func TestHotel(t *testing.T) {
	processorstest.Run(t, "testdata/*.spec", func(s *topologytest.Script) *topology.Topology {
		return hotels(llmtest.SpecModel(s))
	})
}

// What the agent reads and writes is what its printout says.
func TestDescribe(t *testing.T) {
	topo := hotels(llmtest.Says("{}"))
	if err := topo.Validate(); err != nil {
		t.Fatal(err)
	}
	got := topo.Describe()
	topologytest.Golden(t, "testdata/hotel.golden", got)
}

// What a city's row refuses is asked again without that hotel; a grant that comes when nobody needs it any
// more goes back.
func TestReplies(t *testing.T) {
	stay := &Stay{Case: "a", Attempt: 1, Choice: &Choice{Hotel: "Inn"}}
	g, effects := Guest{Stay: stay, Seq: 3}.withReply(RoomReply{RoomRequest: RoomRequest{Hotel: "Inn",
		Rooms: 1, Seq: 3}})
	if len(effects) != 1 || *effects[0].Ask != (Ask{"a", 2}) || g.Stay.Refused[0] != "Inn" ||
		g.Stay.Choice != nil || stay.Choice == nil {
		t.Errorf("a refusal made %+v of the row, with %+v", g.Stay, effects)
	}

	_, effects = Guest{Seq: 3}.withReply(RoomReply{RoomRequest: RoomRequest{Hotel: "Inn", Rooms: 2, Seq: 2},
		Granted: true})
	if len(effects) != 1 || effects[0].Request.Rooms != -2 || effects[0].Request.Seq != 4 {
		t.Errorf("a grant that comes too late makes %+v", effects)
	}

	if c := (Case{Ask: Ask{"a", 1}}).withRooms(Rooms{}); len(c.Hotels) != 0 {
		t.Errorf("a city without hotels has %v", c.Hotels)
	}
}
