package view_test

import (
	"context"
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
	"github.com/slipstream-go/slipstream/topology/view"
)

// The cheapest fare of a route is kept: it is looked for again when a fare of that route has changed.
func Example() {
	type Fare struct{ Price, Seats int }

	const (
		News     topology.Topic[string, Fare]                        = "fare-news"
		Wishes   topology.Topic[string, string]                      = "wishes"
		Offers   topology.Topic[string, view.Renewed[string]]        = "offers"
		Fares    topology.Table[string, Fare]                        = "fares"
		Cheapest topology.Table[string, view.Answer[string, string]] = "cheapest"
	)

	find := func(ctx context.Context, route string) (cheapest string, err error) {
		least := 0
		for fare, err := range topology.Scan(ctx, Fares, route) {
			if err != nil {
				return "", err
			}

			if least == 0 || fare.Value.Price < least {
				cheapest, least = fare.Key, fare.Value.Price
			}
		}
		return cheapest, nil
	}

	t := topology.New("guide")
	topology.Fold(Fares, topology.From(t, News), topology.Latest)
	offers, _ := view.Keep(t, topology.From(t, Wishes), view.Config[string, string, string, string]{
		Name:     "finder",
		Table:    Cheapest,
		Operator: topology.Func[string, string](find),
		Reads:    []view.Source{view.Of(Fares, func(old, new Fare) bool { return old.Price != new.Price })},
		Every:    time.Millisecond,
	})
	offers.To(Offers)

	e, err := topologytest.NewMemory(context.Background(), t)
	if err != nil {
		panic(err)
	}

	topologytest.Send(e, News, "jfk-lhr-1", Fare{Price: 400, Seats: 9})
	topologytest.Send(e, Wishes, "ann", "jfk-lhr")
	e.Advance(20 * time.Millisecond)

	topologytest.Send(e, News, "jfk-lhr-1", Fare{Price: 400, Seats: 8}) // does not matter
	topologytest.Send(e, News, "jfk-lhr-2", Fare{Price: 300, Seats: 1})
	e.Advance(20 * time.Millisecond)

	for _, offer := range topologytest.Sent(e, Offers) {
		fmt.Printf("%s: %s (%s)\n", offer.Key, offer.Value.New, offer.Value.Cause)
	}
	// Output:
	// ann: jfk-lhr-1 ()
	// ann: jfk-lhr-2 (fares/jfk-lhr-2@1 is new)
}
