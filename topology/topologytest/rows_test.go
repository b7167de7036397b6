package topologytest_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

func ExampleWithRows() {
	ctx := topologytest.WithRows(context.Background(), rateRows, map[key]int{"base": 3})
	ctx = topologytest.WithRows(ctx, accounts, map[key]account{"a": {Limit: 10}})
	rate, _ := topology.Get(ctx, rateRows, "base")
	a, _ := topology.Get(ctx, accounts, "a")
	fmt.Println(rate, a.Limit)
	_, err := topology.Get(ctx, topology.Table[key, int]("others"), "base")
	fmt.Println(err)
	// Output:
	// 3 10
	// topologytest: this test has given no rows of table others
}

// Copies may lag on the shuffled engine, by more or less, and have always followed before the next event is
// sent.
func TestCopiesLagWhenShuffled(t *testing.T) {
	seen := map[int]bool{}
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			read := func(ctx context.Context, _ int) (int, error) { return topology.Get(ctx, rateRows, "base") }
			d := topology.New("lag")
			topology.Fold(rateRows, topology.From(d, rates), topology.Latest).To("changed")
			told, _ := topology.Async(topology.From(d, topology.Topic[key, int]("changed")), "tell",
				topology.Func[int, int](read), topology.Policy[int]{Reads: []topology.Readable{rateRows}})
			told.To("told")
			e := topologytest.MemoryShuffled(seed)(t, d)
			topologytest.Send(e, rates, "base", 1)
			_ = topologytest.Sent(e, topology.Topic[key, int]("told"))
			topologytest.Send(e, rates, "base", 2)
			got := topologytest.Sent(e, topology.Topic[key, int]("told"))
			seen[got[0].Value] = true
		})
	}

	if fmt.Sprint(seen) != "map[1:true 2:true]" {
		t.Errorf("seen: %v, want the row before and after", seen)
	}
}
