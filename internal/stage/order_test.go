package stage_test

import (
	"container/heap"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// Of the heads in line the most urgent one is next, and each eighth turn is that of the one that has waited
// longest: the least urgent one of all is asked about, too.
func TestTheMostUrgentHeadIsNext(t *testing.T) {
	calls := busy(t, 1)
	calls.Add(stage.Head{Key: "never urgent", Op: "ask", Priority: -1})
	for i := range 20 {
		calls.Add(stage.Head{Key: fmt.Sprint("urgent ", i), Op: "ask", Priority: int64(i % 2)})
	}

	var order []string
	for range 21 {
		calls.Release("ask")
		h, _ := calls.Next()
		order = append(order, h.Key)
	}

	want := []string{"urgent 1", "urgent 3", "urgent 5", "urgent 7", "urgent 9", "urgent 11", "urgent 13",
		"never urgent", "urgent 15", "urgent 17", "urgent 19", "urgent 0", "urgent 2", "urgent 4", "urgent 6",
		"urgent 8", "urgent 10", "urgent 12", "urgent 14", "urgent 16", "urgent 18"}
	if !slices.Equal(order, want) {
		t.Errorf("in turn: %q\nwant %q", order, want)
	}
}

// A head whose attempt was counted early gives way to a more urgent one, and keeps its attempt.
func TestACountedHeadGivesWay(t *testing.T) {
	calls := busy(t, 1)
	calls.Add(stage.Head{Key: "a", Op: "ask"})
	if h, ok := calls.Next(); !ok || !h.Early || h.Key != "a" {
		t.Fatalf("counted early: %+v, %v", h, ok)
	}

	calls.Add(stage.Head{Key: "b", Op: "ask", Priority: 1})
	for _, want := range []string{"b", "a"} {
		calls.Release("ask")
		if h, ok := calls.Next(); !ok || !h.Slot || h.Key != want {
			t.Errorf("next: %+v, %v; want %s", h, ok, want)
		}
	}
}

// A tenant that asks a hundred times as much as the others takes nothing from them: Jain's index of what each
// got of its share is at least 0.95, over loads drawn by seed, in virtual time. Without tenants it is not.
func TestTenantsShareTheSlots(t *testing.T) {
	for seed := range uint64(20) {
		load := drawLoad(seed)
		if fair := load.play(t, true); fair < 0.95 {
			t.Errorf("seed %d: Jain's index is %.3f: %+v", seed, fair, load)
		}

		if unfair := load.play(t, false); unfair > 0.9 {
			t.Errorf("seed %d: without tenants Jain's index is %.3f: the load shows nothing", seed, unfair)
		}
	}
}

// A load is what tenants ask of some slots. Times are virtual.
type load struct {
	slots    int
	arrivals []arrival
	asked    map[string]int
	until    int
}

// An arrival is a case of one tenant, and how long its call takes.
type arrival struct {
	tenant   string
	at, took int
	priority int64
}

// drawLoad draws a load in which the first tenant asks for a hundred times as much as each of the others, for
// more than all slots can do.
func drawLoad(seed uint64) *load {
	r := rand.New(rand.NewPCG(seed, 1))
	l := &load{slots: 1 + r.IntN(8), asked: map[string]int{}}
	others := 2 + r.IntN(9)

	const each, took = 60, 100
	l.until = each * (others + 1) * took / l.slots * 3 / 2
	for i := range others + 1 {
		n := each
		if i == 0 {
			n = 100 * each
		}
		for range n {
			l.arrivals = append(l.arrivals, arrival{
				tenant:   fmt.Sprint("tenant ", i),
				at:       r.IntN(l.until * 8 / 10),
				took:     took/2 + r.IntN(took),
				priority: r.Int64N(3),
			})
		}
		l.asked[fmt.Sprint("tenant ", i)] = n
	}
	slices.SortFunc(l.arrivals, func(a, b arrival) int { return a.at - b.at })

	return l
}

// play has the line share the slots out, and returns Jain's index of what each tenant got over what it was
// due.
func (l *load) play(t *testing.T, tenants bool) float64 {
	calls := idle(t, l.slots)
	got := map[string]int{}
	var ends times
	begin := func(i int, now int) {
		a := l.arrivals[i]
		got[a.tenant]++
		heap.Push(&ends, now+a.took)
	}

	next := 0
	for {
		if len(ends) > 0 && (next == len(l.arrivals) || ends[0] <= l.arrivals[next].at) {
			now := heap.Pop(&ends).(int)
			if now > l.until {
				break
			}
			calls.Release("ask")
			if h, ok := calls.Next(); ok && h.Slot {
				var i int
				_, _ = fmt.Sscan(h.Key, &i)
				begin(i, now)
			}
			continue
		}

		a := l.arrivals[next]
		if calls.Take("ask") {
			begin(next, a.at)
		} else {
			h := stage.Head{Key: fmt.Sprint(next), Op: "ask", Priority: a.priority}
			if tenants {
				h.Tenant = a.tenant
			}
			calls.Add(h)
		}
		next++
	}

	return jain(got, l.asked)
}

type times []int

func (x times) Len() int           { return len(x) }
func (x times) Less(i, j int) bool { return x[i] < x[j] }
func (x times) Swap(i, j int)      { x[i], x[j] = x[j], x[i] }
func (x *times) Push(v any)        { *x = append(*x, v.(int)) }
func (x *times) Pop() any {
	last := (*x)[len(*x)-1]
	*x = (*x)[:len(*x)-1]
	return last
}

// jain is Jain's index of got / min(asked, fair share): 1 if all tenants got the same part of it, and 1/n if
// one of n got all.
func jain(got, asked map[string]int) float64 {
	all := 0
	for _, n := range got {
		all += n
	}
	share := fairShare(all, asked)

	sum, squares := 0.0, 0.0
	for tenant, n := range asked {
		x := float64(got[tenant]) / min(float64(n), share)
		sum += x
		squares += x * x
	}

	return sum * sum / (float64(len(asked)) * squares)
}

// fairShare is the most that a tenant gets of all, if none gets more than it asks and nothing is left over.
func fairShare(all int, asked map[string]int) float64 {
	var demands []int
	for _, n := range asked {
		demands = append(demands, n)
	}
	slices.Sort(demands)

	left := float64(all)
	for i, n := range demands {
		share := left / float64(len(demands)-i)
		if float64(n) >= share {
			return share
		}
		left -= float64(n)
	}

	return float64(demands[len(demands)-1])
}

// busy returns calls of an operator whose slots are taken.
func busy(t *testing.T, slots int) *stage.Calls {
	t.Helper()
	c := idle(t, slots)
	for range slots {
		c.Take("ask")
	}
	return c
}

// idle returns calls of an operator that has so many slots.
func idle(t *testing.T, slots int) *stage.Calls {
	t.Helper()
	tp := topology.New("idle")
	echo := topology.Func[string, string](func(_ context.Context, s string) (string, error) { return s, nil })
	topology.Async(topology.From(tp, topology.Topic[string, string]("in")), "ask", echo,
		topology.Policy[string]{InFlight: slots, Timeout: time.Minute})

	p, err := tp.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{Early: true})
}
