package contradictions_test

import (
	"fmt"

	"github.com/slipstream-go/slipstream/airline/measure/contradictions"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// A party's flight was cancelled at ten. They got their money, though another flight of that route had seats.
func ExampleJudge() {
	judge := contradictions.New()
	for _, r := range []topology.Record{
		{Topic: "flight-events", Key: "SL1", Value: []byte(`{"type":"scheduled","time":"2013-03-07T12:00:00Z","departure":"2013-03-08T12:00:00Z","arrival":"2013-03-08T14:00:00Z","schedule":{"flight_number":"SL1","origin":"JFK","destination":"BOS"}}`)},
		{Topic: "flight-events", Key: "SL2", Value: []byte(`{"type":"scheduled","time":"2013-03-07T12:00:00Z","departure":"2013-03-08T13:00:00Z","arrival":"2013-03-08T15:00:00Z","schedule":{"flight_number":"SL2","origin":"JFK","destination":"BOS","seats":{"economy":9}}}`)},
		{Topic: "customer-events", Key: "c-1", Value: []byte(`{"type":"booked","reservation":{"reservation_id":"R1","flight":"SL1","cabin":"economy","party":2}}`)},
		{Topic: "flight-events", Key: "SL1", Value: []byte(`{"type":"cancelled","time":"2013-03-08T10:00:00Z"}`)},
		{Topic: "decisions", Key: "c-1", Value: []byte(`{"customer":"c-1","flight":"SL1","outcome":"refunded","time":"2013-03-08T10:00:00Z"}`)},
	} {
		if err := judge.Read(r); err != nil {
			panic(err)
		}
	}
	fmt.Println(judge.Report().Contradictions)
	fmt.Printf("%+v\n", judge.Ends()["c-1"])
	// Output:
	// map[given up:1]
	// {Outcome:refunded Flight: Late:0 Arrived:false}
}

// Of two runs of a day, the second got one party there an hour later, and left the other behind.
func ExampleCompare() {
	end := func(late float64) contradictions.End {
		return contradictions.End{Outcome: vocab.Rebooked, Late: late, Arrived: true}
	}
	first := map[vocab.CustomerID]contradictions.End{"c-1": end(40), "c-2": end(55)}
	second := map[vocab.CustomerID]contradictions.End{"c-1": end(100), "c-2": {Outcome: vocab.Refunded}}
	fmt.Printf("%+v\n", contradictions.Compare(second, first))
	// Output:
	// {Parties:2 Both:1 Minutes:60 Later:1 Sooner:0 Never:1}
}
