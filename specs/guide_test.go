package specs_test

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/view"
)

// What the guide knows, and what it keeps for each traveller. A fare is known by its route and number:
// jfk-lhr-1.
const (
	FareNews   topology.Topic[FareID, Fare]                      = "fare-news"
	RateNews   topology.Topic[string, float64]                   = "rate-news"
	Members    topology.Topic[string, string]                    = "members"
	Wishes     topology.Topic[string, Wish]                      = "wishes"
	Offers     topology.Topic[string, view.Renewed[Offer]]       = "offers"
	Unanswered topology.Topic[string, view.Failure[Wish, Offer]] = "unanswered"
	Chases     topology.Topic[string, Chase]                     = "chases"
	Prey       topology.Topic[string, view.Renewed[int]]         = "prey"
	Caught     topology.Topic[string, view.Failure[Chase, int]]  = "caught"

	Fares  topology.Table[FareID, Fare]                     = "fares"
	Rates  topology.Table[string, float64]                  = "rates"
	Tiers  topology.Table[string, string]                   = "tiers"
	Best   topology.Table[string, view.Answer[Wish, Offer]] = "best"
	Steps  topology.Table[string, int]                      = "steps"
	Chased topology.Table[string, view.Answer[Chase, int]]  = "chased"
)

type (
	FareID string
	Fare   struct {
		Price float64 `json:"price"`
		Seats int     `json:"seats"`
	}
	Wish struct {
		Route FareID `json:"route"` // all fares whose ids begin so
		In    string `json:"in"`    // a currency
	}
	Offer struct {
		Fare  FareID  `json:"fare,omitempty"`
		Costs float64 `json:"costs,omitempty"`
		Tier  string  `json:"tier,omitempty"`
		Call  int64   `json:"call"` // how often the guide was asked until then
	}
	Trip struct {
		Wish Wish   `json:"wish"`
		Tier string `json:"tier"`
	}
	Chase struct {
		After string `json:"after"`
	}
)

// guide keeps an offer for each traveller: the cheapest fare of a route with a seat, at the rate of the
// day. It reads fares by Scan, the rate by Get, and the traveller's tier by Lookup. A dog chases its tail
// in a view of its own.
func guide(better func(old, now Offer, t Trip) bool) *topology.Topology {
	t := topology.New("guide")
	topology.Fold(Fares, topology.From(t, FareNews), topology.Latest)
	topology.Fold(Rates, topology.From(t, RateNews), topology.Latest)
	topology.Fold(Tiers, topology.From(t, Members), topology.Latest)

	offers, unanswered := view.Keep(t, topology.From(t, Wishes), view.Config[string, Wish, Trip, Offer]{
		Name:     "guide",
		Table:    Best,
		Operator: topology.Func[Trip, Offer](new(cheapest).offer),
		Case: func(wishes topology.Stream[string, Wish]) topology.Stream[string, Trip] {
			return topology.Lookup(topology.Events(wishes), Tiers,
				func(e topology.Event[string, Wish]) string { return e.Key },
				func(e topology.Event[string, Wish], tier string) Trip { return Trip{e.Value, tier} })
		},
		Reads:   []view.Source{view.Of(Fares, Fare.differs), view.Of(Rates, nil)},
		Better:  better,
		Every:   100 * time.Millisecond,
		MaxRows: 6,
	})
	offers.To(Offers)
	unanswered.To(Unanswered)

	prey, caught := view.Keep(t, topology.From(t, Chases), view.Config[string, Chase, Chase, int]{
		Name:  "dog",
		Table: Chased,
		Operator: topology.Func[Chase, int](func(ctx context.Context, c Chase) (int, error) {
			n, err := topology.Get(ctx, Steps, c.After)
			return n + 1, err
		}),
		Reads: []view.Source{view.Of(Steps, nil)},
		Every: 10 * time.Millisecond,
		Hops:  3,
	})
	prey.To(Prey)
	caught.To(Caught)
	topology.Fold(Steps, topology.From(t, Prey), func(_ int, r view.Renewed[int]) int { return r.New })

	return t
}

// differs reports whether another offer may be the best one: the price has changed, or there are seats
// where none were.
func (f Fare) differs(now Fare) bool { return f.Price != now.Price || (f.Seats > 0) != (now.Seats > 0) }

// cheapest counts how often it is asked.
type cheapest struct{ calls atomic.Int64 }

func (c *cheapest) offer(ctx context.Context, t Trip) (best Offer, err error) {
	rate, err := topology.Get(ctx, Rates, t.Wish.In)
	if err != nil {
		return best, err
	}

	best = Offer{Tier: t.Tier, Call: c.calls.Add(1)}
	for fare, err := range topology.Scan(ctx, Fares, t.Wish.Route) {
		if err != nil {
			return best, err
		}

		if costs := fare.Value.Price * rate; fare.Value.Seats > 0 && (best.Fare == "" || costs < best.Costs) {
			best.Fare, best.Costs = fare.Key, costs
		}
	}

	return best, nil
}
