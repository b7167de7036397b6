package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

func TestRealToolUse(t *testing.T) {
	for name, m := range encodings(t) {
		t.Run(name, func(t *testing.T) {
			llmtest.ToolUse{Lenient: true, Model: func(*testing.T, ...string) llm.Model { return m }}.Run(t)
		})
	}
}

func encodings(t *testing.T) map[string]llm.Model {
	m := realModel(t)
	return map[string]llm.Model{"native": m, "schema": llm.ToolsBySchema(m)}
}

// The figures of one step: the right tool, called with the right arguments, or a reply where none is
// needed. Half of the cases were looked at while the words of ToolsBySchema were chosen; the other half was
// not.
func TestRealToolChoice(t *testing.T) {
	for name, m := range encodings(t) {
		t.Run(name, func(t *testing.T) {
			seen, heldOut := score{}, score{}
			for i, c := range choices {
				s := &seen
				if i%2 == 1 {
					s = &heldOut
				}
				s.add(t, m, c, name == "schema")
			}
			t.Logf("seen:     %v", seen)
			t.Logf("held out: %v", heldOut)
		})
	}
}

// A score counts cases.
type score struct {
	cases, valid, tool, right int
	took                      time.Duration
	tokens                    int
}

func (s score) String() string {
	return fmt.Sprintf("%d cases: %d valid, %d right tool or reply, %d right in all, %.1f s and %d tokens each",
		s.cases, s.valid, s.tool, s.right, s.took.Seconds()/float64(s.cases), s.tokens/s.cases)
}

func (s *score) add(t *testing.T, m llm.Model, c oneStep, mustBeValid bool) {
	reply, err := m.Chat(t.Context(), llm.Request{Messages: c.messages(), Tools: desk, MaxTokens: 160})
	if err != nil && !errors.Is(err, llm.ErrInvalid) {
		t.Fatal(err)
	}

	s.cases++

	s.took += reply.Took
	s.tokens += reply.TokensOut
	valid := err == nil || reply.Overlong
	for _, call := range reply.Message.Calls {
		valid = valid && check(call) == nil
	}

	if !valid && mustBeValid {
		t.Errorf("%s: %+v, %v", c.asks, reply.Message, err)
	}
	tool, right := c.judge(reply.Message)
	count(&s.valid, valid)
	count(&s.tool, err == nil && tool)
	count(&s.right, err == nil && right)

	if right && err == nil {
		t.Logf("right: %s", c.asks)
		return
	}
	t.Logf("wrong: %s: %s %s %v, want %q", c.asks, shown(reply.Message.Calls), llm.Quote(reply.Message.Text),
		err, c.wants)
}

func count(n *int, yes bool) {
	if yes {
		*n++
	}
}

func check(call llm.Call) error {
	i := slices.IndexFunc(desk, func(t llm.Tool) bool { return t.Name == call.Tool })
	if i < 0 {
		return errors.New("no such tool")
	}
	return desk[i].Check(call.Args)
}

func shown(calls []llm.Call) (out []string) {
	for _, c := range calls {
		out = append(out, c.Tool+" "+string(c.Args))
	}
	return out
}

// A oneStep is a question, with what a person would do.
type oneStep struct {
	asks  string
	after []llm.Message // of the same turn
	wants []string      // tool, and in JSON the arguments that matter; any of them will do. None: a reply
}

func (c oneStep) messages() []llm.Message {
	return append([]llm.Message{
		{Role: llm.System, Text: "You are the assistant of an airline. You help one customer with their flights and bookings. Never make up what you can look up, nor what only the customer knows: ask for it."},
		{Role: llm.User, Text: "Today is Wednesday, 2024-05-15. The customer's user id is mia_li_3668. They write: " + llm.Quote(c.asks)},
	}, c.after...)
}

func (c oneStep) judge(m llm.Message) (tool, right bool) {
	if len(c.wants) == 0 || len(m.Calls) == 0 {
		same := len(c.wants) == len(m.Calls)
		return same, same && strings.TrimSpace(m.Text) != ""
	}

	tool, right = true, true
	for _, call := range m.Calls {
		i := slices.IndexFunc(c.wants, func(w string) bool { return matches(w, call) })
		right = right && i >= 0
		tool = tool && slices.ContainsFunc(c.wants, func(w string) bool { return strings.HasPrefix(w, call.Tool+" ") })
	}

	return tool, right
}

// matches reports whether a call has the arguments that matter.
func matches(want string, call llm.Call) bool {
	name, args, _ := strings.Cut(want, " ")
	var w, g map[string]any
	if name != call.Tool || json.Unmarshal([]byte(args), &w) != nil || json.Unmarshal(call.Args, &g) != nil {
		return false
	}

	for field, v := range w {
		if !strings.EqualFold(fmt.Sprint(v), fmt.Sprint(g[field])) {
			return false
		}
	}

	return true
}

type (
	userArgs struct {
		UserID string `json:"user_id"`
	}
	reservationArgs struct {
		ReservationID string `json:"reservation_id" jsonschema:"such as 8JX2WO"`
	}
	flightArgs struct {
		FlightNumber string `json:"flight_number" jsonschema:"such as HAT001"`
		Date         string `json:"date" format:"date"`
	}
	routeArgs struct {
		Origin      string `json:"origin" jsonschema:"airport in three letters, such as JFK"`
		Destination string `json:"destination" jsonschema:"airport in three letters, such as LAX"`
		Date        string `json:"date" format:"date"`
	}
	cancelArgs struct {
		ReservationID string `json:"reservation_id"`
		Reason        string `json:"reason" enum:"change of plan,health,weather,other"`
	}
	seatsArgs struct {
		ReservationID string `json:"reservation_id"`
		Seats         []struct {
			Passenger  string `json:"passenger"`
			Preference string `json:"preference" enum:"window,aisle,middle"`
		} `json:"seats"`
	}
	summaryArgs struct {
		Summary string `json:"summary" jsonschema:"what the customer needs, in one sentence"`
	}
)

func noted[A any](context.Context, A) (string, error) { return "ok", nil }

// desk is what an airline's assistant can do.
var desk = []llm.Tool{
	llm.NewTool("get_user_details", "The customer's profile: name, membership, payment methods, bookings.",
		noted[userArgs]),
	llm.NewTool("get_reservation_details", "A booking: its flights, passengers, price, payment.",
		noted[reservationArgs]),
	llm.NewTool("get_flight_status", "Whether a flight is on time, delayed, cancelled or landed.",
		noted[flightArgs]),
	llm.NewTool("search_direct_flight", "Flights between two airports on a day without a stop.",
		noted[routeArgs]),
	llm.NewTool("search_onestop_flight", "Connections between two airports on a day with one stop.",
		noted[routeArgs]),
	llm.NewTool("cancel_reservation", "Cancel a whole booking.", noted[cancelArgs]),
	llm.NewTool("choose_seats", "Choose seats for passengers of a booking.", noted[seatsArgs]),
	llm.NewTool("transfer_to_human_agents", "Hand over to a person, if the customer asks for one.",
		noted[summaryArgs]),
}

func did(tool, args, result string) []llm.Message {
	call := llm.Call{Tool: tool, Args: json.RawMessage(args)}
	return []llm.Message{{Role: llm.Assistant, Calls: []llm.Call{call}},
		{Role: llm.ToolRole, Calls: []llm.Call{call}, Text: result}}
}

// Cases come in pairs of a kind: the first was looked at, the second was not.
var choices = []oneStep{
	{asks: "Is flight HAT271 on time today?", wants: []string{`get_flight_status {"flight_number":"HAT271","date":"2024-05-15"}`}},
	{asks: "Has HAT030 landed? It was supposed to leave yesterday.",
		wants: []string{`get_flight_status {"flight_number":"HAT030","date":"2024-05-14"}`}},

	{asks: "Any nonstop from JFK to SEA on May 20?",
		wants: []string{`search_direct_flight {"origin":"JFK","destination":"SEA","date":"2024-05-20"}`}},
	{asks: "I want to fly from Boston (BOS) to Miami (MIA) on the 3rd of June, no stops please.",
		wants: []string{`search_direct_flight {"origin":"BOS","destination":"MIA","date":"2024-06-03"}`}},

	{asks: "What connections with one stop are there from LAX to ATL tomorrow?",
		wants: []string{`search_onestop_flight {"origin":"LAX","destination":"ATL","date":"2024-05-16"}`}},
	{asks: "I don't mind changing planes once: SFO to JFK on 22 May.",
		wants: []string{`search_onestop_flight {"origin":"SFO","destination":"JFK","date":"2024-05-22"}`}},

	{asks: "Which flights are in my booking 4WQ150?",
		wants: []string{`get_reservation_details {"reservation_id":"4WQ150"}`}},
	{asks: "What did I pay for reservation VAAOXJ?",
		wants: []string{`get_reservation_details {"reservation_id":"VAAOXJ"}`}},

	{asks: "Which payment cards do you have on file for me?",
		wants: []string{`get_user_details {"user_id":"mia_li_3668"}`}},
	{asks: "What's my membership level?", wants: []string{`get_user_details {"user_id":"mia_li_3668"}`}},

	{asks: "Cancel reservation NO6JO3, my plans changed.",
		wants: []string{`cancel_reservation {"reservation_id":"NO6JO3","reason":"change of plan"}`}},
	{asks: "I am ill, so please cancel EUJUY6.", wants: []string{`cancel_reservation {"reservation_id":"EUJUY6","reason":"health"}`}},

	{asks: "Give Ann a window seat on my booking UDMOP1.",
		wants: []string{`choose_seats {"reservation_id":"UDMOP1","seats":[{"passenger":"Ann","preference":"window"}]}`}},
	{asks: "On ZFA04Y: an aisle seat for Raj and a window seat for Mei.",
		wants: []string{`choose_seats {"reservation_id":"ZFA04Y","seats":[{"passenger":"Raj","preference":"aisle"},{"passenger":"Mei","preference":"window"}]}`}},

	{asks: "I want to talk to a human.", wants: []string{`transfer_to_human_agents {}`}},
	{asks: "This is hopeless, get me a real person now.", wants: []string{`transfer_to_human_agents {}`}},

	{asks: "Thanks, that's all!"},
	{asks: "Hello!"},

	{asks: "Is flight HAT271 on time today?", after: did("get_flight_status",
		`{"flight_number":"HAT271","date":"2024-05-15"}`, `{"status":"delayed","minutes":45}`)},
	{asks: "What did I pay for reservation VAAOXJ?",
		after: did("get_reservation_details", `{"reservation_id":"VAAOXJ"}`,
			`{"flights":[{"flight_number":"HAT012","date":"2024-05-21"}],"price":412}`)},

	{asks: "Is the flight in my booking 4WQ150 on time?",
		after: did("get_reservation_details", `{"reservation_id":"4WQ150"}`,
			`{"flights":[{"flight_number":"HAT170","date":"2024-05-16"}],"price":310}`),
		wants: []string{`get_flight_status {"flight_number":"HAT170","date":"2024-05-16"}`}},
	{asks: "Is there a direct flight from SEA to DFW tomorrow, or else one with a stop?",
		after: did("search_direct_flight", `{"origin":"SEA","destination":"DFW","date":"2024-05-16"}`, `[]`),
		wants: []string{`search_onestop_flight {"origin":"SEA","destination":"DFW","date":"2024-05-16"}`}},

	{asks: "Are HAT271 and HAT009 on time today?",
		wants: []string{`get_flight_status {"flight_number":"HAT271","date":"2024-05-15"}`,
			`get_flight_status {"flight_number":"HAT009","date":"2024-05-15"}`}},
	{asks: "Show me my bookings 8C8K4E and PEP4E0.",
		wants: []string{`get_reservation_details {"reservation_id":"8C8K4E"}`,
			`get_reservation_details {"reservation_id":"PEP4E0"}`}},

	{asks: "I'd like to fly to Seattle."},
	{asks: "Please book me something nice."},

	{asks: "¿Está a tiempo el vuelo HAT111 de hoy?",
		wants: []string{`get_flight_status {"flight_number":"HAT111","date":"2024-05-15"}`}},
	{asks: "Ich möchte meine Reservierung 8C8K4E stornieren, weil ein Sturm kommt.",
		wants: []string{`cancel_reservation {"reservation_id":"8C8K4E","reason":"weather"}`}},

	{asks: "Direct flights Philadelphia PHL to LGA the day after tomorrow?",
		wants: []string{`search_direct_flight {"origin":"PHL","destination":"LGA","date":"2024-05-17"}`}},
	{asks: "nonstop DFW DEN on friday", wants: []string{`search_direct_flight {"origin":"DFW","destination":"DEN","date":"2024-05-17"}`}},
}
