package processors_test

import (
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// What can't run in one worker is told when it is made, by the names that the user gave.
func TestTopologiesThatCannotRunTogether(t *testing.T) {
	passing := func(name string, out topology.Topic[id, visit]) *topology.Topology {
		top := topology.New(name)
		topology.From(top, visits).To(out)
		return top
	}
	counting := topology.New("counting")
	topology.From(counting, topology.Topic[id, int]("visits")).To("counted")

	keeping := topology.New("keeping")
	topology.Fold(topology.Table[id, visit]("latest"), topology.From(keeping, visits), topology.Latest)

	for says, tops := range map[string][]*topology.Topology{
		"two topologies are named shop": {passing("shop", "a"), passing("shop", "b")},
		`topologies shop and counting: topic "visits" has two types: id -> visit and id -> int`: {
			passing("shop", "a"), counting},
		`topics "shop.eu.dead-letters" and "shop_eu.dead-letters": Kafka refuses the second`: {
			passing("shop.eu", "a"), passing("shop_eu", "b")},
		`topics "a.b" and "a_b": Kafka refuses the second`: {passing("one", "a.b"), passing("two", "a_b")},
		`topology shop writes topic "keeping.latest-table", which is one of topology keeping for itself`: {
			keeping, passing("shop", "keeping.latest-table")},
	} {
		_, err := processors.NewWorker(processors.Config{Brokers: []string{"127.0.0.1:1"}}, tops...)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("said: %v\nwanted: %s", err, says)
		}
	}
}

// One topology may read what another one writes, or keeps.
func TestTopologiesThatRunTogether(t *testing.T) {
	keeping := topology.New("keeping")
	topology.Fold(topology.Table[id, visit]("latest"), topology.From(keeping, visits), topology.Latest)

	reading := topology.New("reading")
	rows := topology.Topic[id, visit](topology.Changelog(keeping, topology.Table[id, visit]("latest")))
	topology.From(reading, rows).To("rows")

	c := processors.Config{Brokers: []string{"127.0.0.1:1"}}
	if _, err := processors.NewWorker(c, keeping, reading); err != nil {
		t.Error(err)
	}
}

// An address at which nothing can listen is told before anything is connected to.
func TestListenMustBeAnAddress(t *testing.T) {
	for listen, right := range map[string]bool{
		"":                       true,
		":8080":                  true,
		"localhost:http":         true,
		"[::1]:0":                true,
		"8080":                   false,
		"localhost":              false,
		"::1:8080":               false,
		":99999":                 false,
		"localhost:no-such-port": false,
		"http://localhost:8080":  false,
	} {
		c := processors.Config{Brokers: []string{"127.0.0.1:1"}, Listen: listen}

		_, err := processors.NewWorker(c, counter(nil))
		if (err == nil) != right || err != nil && !strings.Contains(err.Error(), "of Listen is not") {
			t.Errorf("Listen %q: %v", listen, err)
		}
	}
}
