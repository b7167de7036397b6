// Command alert counts each customer's transactions of a day, and says when there are more than three. No model, one
// table: the smallest program that is of use.
package main

import (
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/topology"
)

const (
	Transactions topology.Topic[CustomerID, Transaction] = "transactions"
	Alerts       topology.Topic[CustomerID, Alert]       = "alerts"
	Counts       topology.Table[CustomerID, Count]       = "counts"
)

// alert applies a step to the row of each event's customer; what the step says beside the new row are new events.
func alert(limit Limit) *topology.Topology {
	t := topology.New("alert")
	valid := topology.From(t, Transactions).Check(Transaction.Valid)
	topology.Apply(Counts, topology.Events(valid), limit.Count).To(Alerts)
	return t
}

// Events and rows.
type (
	CustomerID  string
	Transaction struct {
		Amount int `json:"amount"`
	}
	Count struct {
		Day string `json:"day"`
		N   int    `json:"n"`
	}
	Alert struct {
		Customer CustomerID `json:"customer"`
		N        int        `json:"n"`
	}
)

// Valid sends a transaction without an amount to the dead letters.
func (t Transaction) Valid() error {
	if t.Amount <= 0 {
		return fmt.Errorf("amount %d is not positive", t.Amount)
	}
	return nil
}

// A Limit is how many transactions a day may have.
type Limit int

// Count gets the event with its key and its time, since the stream is one of Events.
func (l Limit) Count(c Count, e topology.Event[CustomerID, Transaction]) (Count, []Alert) {
	if day := e.Time.UTC().Format(time.DateOnly); day != c.Day {
		c = Count{Day: day}
	}

	c.N++
	if c.N <= int(l) {
		return c, nil
	}
	return c, []Alert{{e.Key, c.N}}
}

func main() {
	slipstream.Main(alert(3), devkafka.Verb)
}
