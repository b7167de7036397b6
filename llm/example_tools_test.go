package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

type statusOf struct {
	Flight string `json:"flight" jsonschema:"its number, such as HAT170"`
	Date   string `json:"date" format:"date"`
}

type flightStatus struct {
	Status string `json:"status"`
}

var getFlightStatus = llm.NewTool("get_flight_status", "Is a flight on time?",
	func(_ context.Context, a statusOf) (flightStatus, error) {
		if a.Flight != "HAT170" {
			return flightStatus{}, errors.New("no such flight")
		}
		return flightStatus{"delayed"}, nil
	})

func ExampleNewTool() {
	for _, args := range []string{`{"flight":"HAT170","date":"2024-05-15"}`, `{"flight":"HAT170"}`,
		`{"flight":"BA1","date":"2024-05-15"}`} {
		result, err := getFlightStatus.Call(context.Background(), json.RawMessage(args))
		fmt.Println(string(result), err)
	}
	// Output:
	// {"status":"delayed"} <nil>
	//  get_flight_status: argument "date" is missing: it must be a string (date)
	//  no such flight
}

// Arguments that don't hold are told apart from what the tool itself has to say.
func ExampleTool_Check() {
	err := getFlightStatus.Check(json.RawMessage(`{"flight":170,"date":"2024-05-15"}`))
	var wrong *llm.ArgumentError
	fmt.Println(errors.As(err, &wrong), wrong.Field, "must be", wrong.Want)
	// Output: true flight must be a string
}

// A model that has no tool calls of its own is asked until it replies.
func ExampleToolsBySchema() {
	model := llm.ToolsBySchema(llmtest.Says(
		`{"tool":"get_flight_status","arguments":{"flight":"HAT170","date":"2024-05-15"}}`,
		`{"reply":"HAT170 is delayed."}`))
	ctx, tools := context.Background(), []llm.Tool{getFlightStatus}
	talk := []llm.Message{{Role: llm.User, Text: "Is HAT170 on time today, 2024-05-15?"}}
	for range 5 {
		reply, err := model.Chat(ctx, llm.Request{Messages: talk, Tools: tools})
		if err != nil || len(reply.Message.Calls) == 0 {
			fmt.Println(reply.Message.Text, err)
			return
		}

		talk = append(talk, reply.Message)
		for _, result := range llm.RunTools(ctx, tools, reply.Message.Calls) {
			talk = append(talk, result.Message())
		}
	}
	// Output: HAT170 is delayed. <nil>
}

// What goes wrong with a call is its result, for the model to read.
func ExampleRunTools() {
	for _, r := range llm.RunTools(context.Background(), []llm.Tool{getFlightStatus}, []llm.Call{
		{Tool: "get_flight_status", Args: json.RawMessage(`{"flight":"HAT170","date":"2024-05-15"}`)},
		{Tool: "get_weather"},
	}) {
		fmt.Println(r.Message().Text)
	}
	// Output:
	// {"status":"delayed"}
	// error: there is no tool "get_weather"; there are ["get_flight_status"]
}
