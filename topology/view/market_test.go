package view_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
	"github.com/slipstream-go/slipstream/topology/view"
)

// A market has goods with a price and a stock. Baskets are kept at their sum, which the price alone changes.
const (
	News    topology.Topic[string, Good]                      = "news"
	Baskets topology.Topic[string, Basket]                    = "baskets"
	Sums    topology.Topic[string, view.Renewed[int]]         = "sums"
	Lost    topology.Topic[string, view.Failure[Basket, int]] = "lost"

	Goods topology.Table[string, Good]                     = "goods"
	Kept  topology.Table[string, view.Answer[Basket, int]] = "kept"
)

type (
	Good   struct{ Price, Stock int }
	Basket struct {
		Goods []string // some of which there may be none
		Range string   // all goods whose names begin so; "": none
	}
	named = topology.Event[string, Basket] // a basket with its key
)

// A market counts what its view asks.
type market struct {
	goods   int
	every   time.Duration
	thinks  time.Duration // of each call
	baskets map[string]Basket

	mu     sync.Mutex
	prices map[string]int            // as they are
	asked  map[string]map[string]int // by basket: the prices when it was asked last
	calls  map[string]int
	extra  int // calls about a basket of which no price had changed
}

func newMarket(rng *rand.Rand, goods, baskets int) *market {
	m := &market{
		goods:   goods,
		every:   time.Second,
		baskets: map[string]Basket{},
		prices:  map[string]int{},
		asked:   map[string]map[string]int{},
		calls:   map[string]int{},
	}

	popular := rand.NewZipf(rng, 1.1, 4, uint64(goods-1))
	for i := range baskets {
		var b Basket
		for n := 3 + rng.IntN(6); len(b.Goods) < n; {
			if g := good(int(popular.Uint64())); !slices.Contains(b.Goods, g) {
				b.Goods = append(b.Goods, g)
			}
		}

		if i%8 == 0 { // a range of up to ten goods in place of two of them
			b.Range = fmt.Sprintf("g%02d", rng.IntN(goods/10))
			b.Goods = b.Goods[2:]
		}
		b.Goods = slices.DeleteFunc(b.Goods, func(g string) bool { // the range has it
			return b.Range != "" && strings.HasPrefix(g, b.Range)
		})
		m.baskets[fmt.Sprintf("b%03d", i)] = b
	}

	return m
}

func good(i int) string { return fmt.Sprintf("g%03d", i) }

func (m *market) topology() *topology.Topology {
	t := topology.New("market")
	topology.Fold(Goods, topology.From(t, News), topology.Latest)
	sums, lost := view.Keep(t, topology.From(t, Baskets), view.Config[string, Basket, named, int]{
		Name:     "sum",
		Table:    Kept,
		Case:     topology.Events[string, Basket],
		Operator: topology.Func[named, int](m.sum),
		Policy:   topology.Policy[named]{InFlight: 8},
		Reads:    []view.Source{view.Of(Goods, func(old, new Good) bool { return old.Price != new.Price })},
		Every:    m.every,
	})
	sums.To(Sums)
	lost.To(Lost)

	return t
}

// sum is the operator.
func (m *market) sum(ctx context.Context, e named) (int, error) {
	sum, prices := 0, map[string]int{}
	for _, g := range e.Value.Goods {
		row, err := topology.Get(ctx, Goods, g)
		if err != nil {
			return 0, err
		}
		sum += row.Price
		prices[g] = row.Price
	}

	if e.Value.Range != "" {
		for row, err := range topology.Scan(ctx, Goods, e.Value.Range) {
			if err != nil {
				return 0, err
			}
			sum += row.Value.Price
			prices[row.Key] = row.Value.Price
		}
	}

	select {
	case <-time.After(m.thinks):
	case <-ctx.Done():
		return 0, ctx.Err()
	}

	m.mu.Lock()
	defer m.mu.Unlock()

	if before, again := m.asked[e.Key]; again && maps.Equal(before, prices) {
		m.extra++
	}
	m.asked[e.Key] = prices
	m.calls[e.Key]++

	return sum, nil
}

// all is how many calls there were.
func (m *market) all() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()

	for _, calls := range m.calls {
		n += calls
	}
	return n
}

// reads reports whether a basket reads a good.
func (b Basket) reads(g string) bool {
	return slices.Contains(b.Goods, g) || b.Range != "" && strings.HasPrefix(g, b.Range)
}

// want is the sum of a basket as prices are: the oracle, which knows nothing of views.
func (m *market) want(b Basket) (sum int) {
	for g, price := range m.prices {
		if b.reads(g) {
			sum += price
		}
	}
	return sum
}

// open sends the goods, three of four, and then the baskets.
func (m *market) open(e topologytest.Engine, rng *rand.Rand) {
	for i := range m.goods {
		if i%4 != 3 {
			m.prices[good(i)] = 1 + rng.IntN(1000)
			topologytest.Send(e, News, good(i), Good{m.prices[good(i)], 1})
		}
	}

	for _, key := range slices.Sorted(maps.Keys(m.baskets)) {
		topologytest.Send(e, Baskets, key, m.baskets[key])
	}
}

// change sends a good that may be new, gone, of another price, or of another stock alone. It reports whether
// that matters.
func (m *market) change(e topologytest.Engine, rng *rand.Rand, g string) (matters bool) {
	before := m.prices[g]
	switch now := 1 + rng.IntN(1000); {
	case before == 0 || rng.IntN(3) == 0:
		m.prices[g] = now
	case rng.IntN(8) == 0:
		delete(m.prices, g)
		topologytest.Send[string, *Good](e, topology.Topic[string, *Good](News), g, nil)
		return true
	}
	topologytest.Send(e, News, g, Good{m.prices[g], rng.IntN(1 << 30)})

	return m.prices[g] != before
}

// disagreement compares the baskets with the oracle, and returns what differs, or "".
func (m *market) disagreement(t *testing.T, e topologytest.Engine) string {
	t.Helper()

	for _, key := range slices.Sorted(maps.Keys(m.baskets)) {
		var a view.Answer[Basket, int]
		if _, err := e.Row(t.Context(), string(Kept), key, &a); err != nil {
			return err.Error()
		}

		want, isAtRest := m.want(m.baskets[key]), a.Answered && a.Stale == "" && a.Failed == "" && !a.Pending
		if a.Value != want || !isAtRest {
			return fmt.Sprintf("basket %s is %d, and stands as %+v", key, want, a)
		}
	}

	return ""
}
