package airline_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/simulate/customers"
	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// A thousand parties on the whole day, decided by rules alone: every event that is sent on a topic and every
// row that is left is, byte for byte, what it has always been. testdata/storm.sums holds a sum of each topic
// and table.
func TestStormIsByteForByteTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole day")
	}
	synctest.Test(t, testStorm)
}

func testStorm(t *testing.T) {
	e := topologytest.Memory(t, airline.New(rebooking.Policy, topology.Policy[rebooking.Case]{}))
	sendStorm(t, e)

	file, err := os.Open("testdata/storm.sums")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	for lines := bufio.NewScanner(file); lines.Scan(); {
		want := lines.Text()
		kind, name, _ := strings.Cut(strings.Fields(want)[0], ":")

		got := sumOfTopic(e, name)
		if kind == "table" {
			got = sumOfTable(t, e, name)
		}

		if got = kind + ":" + name + " " + got; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// sendStorm sends the rules, the schedules, what the customers say, and then the day.
func sendStorm(t *testing.T, e topologytest.Engine) {
	nyc, err := day.Read(day.NYC())
	if err != nil {
		t.Fatal(err)
	}
	crowd := customers.New(nyc, 1000, 1)
	events := nyc.Events(crowd.Sold)

	rules := vocab.DefaultRules
	rules.Version = 1
	topologytest.Send(e, vocab.Policies, vocab.RulesKey, rules)

	for _, event := range events {
		if event.Type == vocab.FlightScheduled {
			topologytest.Send(e, vocab.FlightEvents, event.Flight, event.FlightEvent)
		}
	}

	for _, c := range crowd.Customers {
		for _, event := range c.Events {
			topologytest.Send(e, vocab.CustomerEvents, c.ID, event)
		}
	}

	for _, event := range events {
		if event.Type != vocab.FlightScheduled {
			topologytest.Send(e, vocab.FlightEvents, event.Flight, event.FlightEvent)
		}
	}
}

func sumOfTopic(e topologytest.Engine, topic string) string {
	var s sum
	for _, r := range e.Sent(topic) {
		s.add(r.Key, r.Value)
	}
	return s.String()
}

func sumOfTable(t *testing.T, e topologytest.Engine, table string) string {
	var s sum
	for key, err := range e.Keys(t.Context(), table, "", "") {
		var row json.RawMessage
		if err == nil {
			_, err = e.Row(t.Context(), table, key, &row)
		}

		if err != nil {
			t.Fatal(err)
		}
		s.add(key, row)
	}

	return s.String()
}

// A sum is of keys and values, in order.
type sum struct {
	n    int
	text strings.Builder
}

func (s *sum) add(key string, value []byte) {
	s.n++
	fmt.Fprintf(&s.text, "%s\n%s\n", key, value)
}

func (s *sum) String() string {
	hash := sha256.Sum256([]byte(s.text.String()))
	return fmt.Sprintf("%d %s", s.n, hex.EncodeToString(hash[:]))
}
