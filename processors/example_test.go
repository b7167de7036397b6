package processors_test

import (
	"context"
	"expvar"
	"fmt"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

const (
	orders topology.Topic[string, int] = "orders"
	bills  topology.Topic[string, int] = "bills"
	totals topology.Table[string, int] = "totals"
)

// shop adds up each customer's orders, and bills the sum.
func shop() *topology.Topology {
	t := topology.New("shop")
	topology.Apply(totals, topology.From(t, orders),
		func(sum, n int) (int, []int) { return sum + n, []int{sum + n} }).To(bills)
	return t
}

func Example() {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()

	// A broker for development; in production, name those of your Kafka.
	b, err := devkafka.Start(devkafka.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	// A worker runs topologies.
	w, err := processors.NewWorker(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet}, shop())
	if err != nil {
		fmt.Println(err)
		return
	}

	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	<-w.Ready()

	// A client sends from outside of any topology.
	c, err := processors.Dial(processors.Config{Brokers: w.Brokers(), Logger: quiet})
	if err != nil {
		fmt.Println(err)
		return
	}

	for _, n := range []int{3, 4} {
		if err := processors.Send(ctx, c, orders, "ann", n); err != nil {
			fmt.Println(err)
		}
	}

	// Outputs can be followed as they are committed.
	n := 0
	for bill, err := range processors.Follow(ctx, c, bills, processors.FollowOptions{FromBeginning: true}) {
		fmt.Println(bill.Key, bill.Value, err)

		if n++; n == 2 {
			break
		}
	}

	// The worker answers for its rows. An answer can be a moment behind what the topics show.
	total, err := state.Of(w, totals).Row(ctx, "ann")
	for err == nil && total.Version < 2 {
		total, err = state.Of(w, totals).Row(ctx, "ann")
	}
	fmt.Println("total:", total.Value, err)

	// The end of its context stops it: first fetching, then working.
	_ = c.Close()
	stop()
	fmt.Println("stopped:", <-done)
	// Output:
	// ann 3 <nil>
	// ann 7 <nil>
	// total: 7 <nil>
	// stopped: <nil>
}

func ExampleNewWorker() {
	_, err := processors.NewWorker(processors.Config{Brokers: []string{"kafka"}, Partitions: -1}, shop(),
		topology.New("bad name"))
	for _, problem := range strings.Split(err.Error(), "\n") { // all of them, before anything connects
		fmt.Println(strings.TrimPrefix(problem, "topology bad name: "))
	}
	// Output:
	// processors: config: Partitions is negative
	// Brokers: "kafka" is not host:port
	// topology "bad name": a name has at most 200 letters, digits, dots, dashes and underscores
}

func ExampleClient_Send() {
	b, err := devkafka.Start(devkafka.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	c, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	// What deletes says so.
	fmt.Println(c.Send(context.Background(), topology.Record{Topic: "orders", Key: "ann"}))
	fmt.Println(c.Send(context.Background(), topology.Record{Topic: "orders", Key: "ann", Tombstone: true}))
	// Output:
	// processors: send to orders, key "ann": the record has no value: set Tombstone to delete what is there
	// processors: topic orders does not exist: a worker creates the topics of its topologies
}

func ExampleConfig() {
	c := processors.Config{
		Brokers:   []string{"kafka-1:9092", "kafka-2:9092"},
		Dir:       "/var/lib/shop", // rows on disk: a restart recovers only what it has missed
		Instance:  "shop-1",        // back under its name, it takes up its partitions without a rebalance
		Listen:    "0.0.0.0:8080",  // queries over HTTP
		Guarantee: processors.ExactlyOnce,
	}
	w, err := processors.NewWorker(c, shop())
	fmt.Println(w.Tables(), err)
	// Output: [totals] <nil>
}

func ExampleSASL() {
	c := processors.Config{
		Brokers: []string{"kafka:9093"},
		SASL: &processors.SASL{
			Mechanism: "SCRAM-SHA-512",
			User:      "shop",
			Secret:    func(context.Context) (string, error) { return "fetched anew for each connection", nil },
		},
	}
	_, err := processors.NewWorker(c, shop())
	fmt.Println(err)
	// Output: <nil>
}

func ExampleGuarantee() {
	fmt.Println(processors.ExactlyOnce, "or", processors.AtLeastOnce)
	// Output: exactly once or at least once
}

// What happens to a worker can be counted, to be seen and alerted on.
func ExampleConfig_onNotice() {
	var c processors.Config
	notices := expvar.NewMap("slipstream") // at /debug/vars
	c.OnNotice = func(n processors.Notice) { notices.Add(n.Stage+": "+string(n.Kind), 1) }

	c.OnNotice(processors.Notice{Kind: processors.Rebuilt, Stage: "shop.totals"})
	fmt.Println(notices)
	// Output: {"shop.totals: stage is rebuilt": 1}
}
