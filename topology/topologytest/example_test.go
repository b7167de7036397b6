package topologytest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// printing is a testing.TB for examples; in a test it is t.
type printing struct{ testing.TB }

func (printing) Helper()                   {}
func (printing) Cleanup(func())            {}
func (printing) Errorf(f string, a ...any) { fmt.Printf(f+"\n", a...) }
func (printing) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

// totals keeps the sum of each key's numbers, and tells it.
func totals() *topology.Topology {
	t := topology.New("totals")
	topology.Apply(sums, topology.From(t, numbers),
		func(sum, n int) (int, []int) { return sum + n, []int{sum + n} }).To(told)
	return t
}

const (
	numbers topology.Topic[key, int] = "numbers"
	told    topology.Topic[key, int] = "told"
	sums    topology.Table[key, int] = "sums"
)

func ExampleMemory() {
	e := topologytest.Memory(printing{}, totals())
	topologytest.Send(e, numbers, "a", 3)
	topologytest.Send(e, numbers, "a", 4)

	for _, ev := range topologytest.Sent(e, told) {
		fmt.Println(ev.Key, ev.Value)
	}
	sum, err := state.Of(e, sums).Get(context.Background(), "a")
	fmt.Println(sum, err)
	// Output:
	// a 3
	// a 7
	// 7 <nil>
}

// A step that changes what its argument points to would change a row that a call is reading. Memory finds it.
func ExampleMemory_modified() {
	t := topology.New("tags")
	tags := topology.Topic[key, []string]("tags")
	topology.Map(topology.From(t, tags), func(tags []string) []string { tags[0] = "changed"; return tags }).To("out")
	e := topologytest.Memory(printing{}, t)
	topologytest.Send(e, tags, "a", []string{"one"})
	// Output: topologytest: map changed what it was given: copy maps and slices before changing them
}

func ExampleMemoryShuffled() {
	for seed := range uint64(3) { // an order per key is a promise, so each seed gives the same
		e := topologytest.MemoryShuffled(seed)(printing{}, totals())
		for n := 1; n <= 3; n++ {
			topologytest.Send(e, numbers, "a", n)
		}

		for _, ev := range topologytest.Sent(e, told) {
			fmt.Print(ev.Value, " ")
		}
	}
	// Output: 1 3 6 1 3 6 1 3 6
}

func ExampleSend() {
	e := topologytest.Memory(printing{}, totals())
	topologytest.Send(e, numbers, "a", 3) // the compiler checks key and value
	_ = e.Send("numbers", "a", []byte("4"))
	fmt.Println(len(topologytest.Sent(e, told)))
	// Output: 2
}

func ExampleSent() {
	e := topologytest.Memory(printing{}, totals())
	topologytest.Send(e, numbers, "a", 3)
	fmt.Println(topologytest.Sent(e, told)[0].Value, len(topologytest.Sent(e, told))) // what came since the last call
	// Output: 3 0
}

func ExampleRunShuffled() {
	_ = func(t *testing.T) { // in a package's tests: func TestTotals(t *testing.T)
		for seed := range uint64(5) {
			topologytest.RunShuffled(t, "testdata/totals-*.spec",
				func(*topologytest.Script) *topology.Topology { return totals() }, seed)
		}
	}
	// Output:
}

func TestLaw2AModifiedRowFailsTheTest(t *testing.T) {
	topo := topology.New("rows")
	rows := topology.Table[key, map[string]int]("rows")
	in := topology.Topic[key, string]("in")
	topology.Fold(rows, topology.From(topo, in), func(row map[string]int, name string) map[string]int {
		if row == nil {
			return map[string]int{name: 1}
		}

		row[name]++ // a copy was due
		return row
	})
	var r recording
	e := topologytest.Memory(&r, topo)
	topologytest.Send(e, in, "a", "x")

	if len(r.failures) != 0 {
		t.Fatalf("an innocent step: %v", r.failures)
	}
	topologytest.Send(e, in, "a", "x")

	if len(r.failures) != 1 {
		t.Errorf("%d failures: %v", len(r.failures), r.failures)
	}
}

// recording is a testing.TB that keeps what it is told.
type recording struct {
	printing
	failures []string
}

func (r *recording) Errorf(f string, a ...any) { r.failures = append(r.failures, fmt.Sprintf(f, a...)) }
