package view_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// On real workers, over crashes at any step, lost disks and rebalances, no change is missed: at rest each
// answer is that of the newest rows.
func TestAnswersAgreeOverCrashes(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a broker")
	}
	answersAgreeOverCrashes(t, processorstest.Embedded)
}

func TestAnswersAgreeOverCrashesOnKafka(t *testing.T) {
	if os.Getenv(processorstest.KafkaEnv) == "" {
		t.Skip("it needs a Kafka")
	}
	answersAgreeOverCrashes(t, processorstest.Kafka)
}

// What an answer waits for is in its row: a worker that starts knows it.
func TestAnswersAreWatchedAfterARestart(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a broker")
	}
	m := &market{
		every:   time.Millisecond,
		baskets: map[string]Basket{"b": {Goods: []string{"g000"}}},
		prices:  map[string]int{"g000": 7},
		asked:   map[string]map[string]int{},
		calls:   map[string]int{},
	}
	e := processorstest.Embedded(t, m.topology())
	topologytest.Send(e, News, "g000", Good{Price: 7})
	topologytest.Send(e, Baskets, "b", m.baskets["b"])
	m.awaitAgreement(t, e, "at first")

	if err := e.Fault("crash"); err != nil {
		t.Fatal(err)
	}
	m.prices["g000"] = 8
	topologytest.Send(e, News, "g000", Good{Price: 8})
	m.awaitAgreement(t, e, "after the restart")
}

func answersAgreeOverCrashes(t *testing.T, start topologytest.Factory) {
	rng := rand.New(rand.NewPCG(5, 6))
	m := newMarket(rng, 20, 12)
	m.every = 20 * time.Millisecond
	m.thinks = 5 * time.Millisecond
	e := start(t, m.topology())
	m.open(e, rng)
	m.awaitAgreement(t, e, "at first")

	faults := []string{"crash", "rebalance", "lose disk", "crash before commit in kept",
		"crash after commit in kept", "crash before settle in kept", "crash after dispatch in kept"}
	for i, fault := range faults {
		changes := func() {
			for range 2 {
				m.change(e, rng, good(rng.IntN(20)))
			}
		}
		changes()

		if err := e.Fault(fault); err != nil {
			t.Fatal(err)
		}
		m.change(e, rng, good(i)) // whatever it was, something is to be done
		changes()
		m.awaitAgreement(t, e, fault)
	}
}

// awaitAgreement waits until each answer is that of the oracle.
func (m *market) awaitAgreement(t *testing.T, e topologytest.Engine, when string) {
	t.Helper()

	var last string
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); e.Advance(10 * time.Millisecond) {
		if last = m.disagreement(t, e); last == "" {
			return
		}
	}
	t.Fatalf("%s: %s", when, last)
}
