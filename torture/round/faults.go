package round

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/slipstream-go/slipstream/torture/check"
	"github.com/slipstream-go/slipstream/torture/worker"
)

// A fault hurts a round, and mends what would not mend by itself. It is over when hurt returns.
type fault struct {
	kind  string
	hurt  func(x *injury, ctx context.Context)
	where func(o Options) bool // a round in which it can be done; nil: any
}

// An injury is one fault as it is done to one host. Two may be done at once, to two hosts.
type injury struct {
	*round
	host *host
	rng  *rand.Rand // its own
}

// faults are all that there are.
var faults = []fault{
	{"kill9", (*injury).kill, nil},
	{"phase", (*injury).crashAtPhase, nil},
	{"graceful", (*injury).restart, nil},
	{"zombie", (*injury).zombie, isFenced},
	{"cut", (*injury).cut, nil},
	{"hole", (*injury).hole, isFenced},
	{"wipe", (*injury).loseDisk, nil},
	{"oldstore", (*injury).olderDisk, nil},
	{"add", (*injury).addOrRemove, nil},
	{"twin", (*injury).twin, func(o Options) bool { return o.Named && !o.AtLeastOnce }},
	{"burst", (*injury).burst, nil},
	{"broker", (*injury).restartBroker, func(o Options) bool { return o.Cluster.CanRestart() }},
}

// isAlone reports whether a fault concerns no host of its own, so that it is never the second of two.
func (f fault) isAlone() bool { return f.kind == "add" || f.kind == "burst" || f.kind == "broker" }

// isFenced: at least once, a worker that has lost its partitions and does not know it writes its rows over
// those of its successor. That is not promised, so it is not tried.
func isFenced(o Options) bool { return !o.AtLeastOnce }

// Kinds returns the kinds of faults.
func Kinds() (all []string) {
	for _, f := range faults {
		all = append(all, f.kind)
	}
	return all
}

// phases are those at which a worker can be made to kill itself; see testhook.OnPhase.
var phases = []string{
	"before pending", "after pending", "before dispatch", "after dispatch", "before answer", "after answer",
	"before settle", "after settle", "before commit", "produced", "positions", "after commit", "flushed",
}

// hurt does one fault that is drawn from those that the round may have, or two at once.
func (r *round) hurt(ctx context.Context) {
	var may, second []fault
	for _, f := range faults {
		if slices.Contains(r.Faults, f.kind) && (f.where == nil || f.where(r.Options)) {
			may = append(may, f)
			if !f.isAlone() {
				second = append(second, f)
			}
		}
	}

	if len(may) == 0 {
		return
	}

	if !r.isSteady(ctx) {
		r.note("no fault: the groups do not come to rest")
		return
	}

	n := r.rng.IntN(2)
	var all sync.WaitGroup
	r.begin(ctx, &all, may, r.hosts[n])

	if len(second) > 0 && !r.isFragile() && r.rng.IntN(3) == 0 {
		r.begin(ctx, &all, second, r.hosts[1-n])
	}
	all.Wait()
}

// begin draws a fault and does it to a host, in the background.
func (r *round) begin(ctx context.Context, all *sync.WaitGroup, may []fault, h *host) {
	f := may[r.rng.IntN(len(may))]
	x := &injury{r, h, rand.New(rand.NewPCG(r.rng.Uint64(), 3))}

	r.mu.Lock()
	r.faults[f.kind]++
	r.mu.Unlock()
	r.note("fault %s of %s", f.kind, h.name)

	all.Go(func() { f.hurt(x, ctx) })
}

// isFragile reports whether a worker that dies while it joins its group blocks it: on the embedded broker, if
// workers have no names.
func (r *round) isFragile() bool { return !r.Named && !r.Cluster.IsKept() }

// isSteady waits until no worker joins, where that matters.
func (r *round) isSteady(ctx context.Context) bool {
	if !r.isFragile() {
		return true
	}

	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		groups, err := r.admin.DescribeGroups(ctx, r.topics.Groups()...)
		if err != nil {
			return false
		}

		steady := true
		for _, g := range groups {
			steady = steady && g.Err == nil && g.State == "Stable"
		}

		if steady {
			return true
		}
	}

	return false
}

// pause lasts up to a time that is drawn.
func (x *injury) pause(longest time.Duration) { time.Sleep(x.upTo(longest)) }

func (x *injury) upTo(longest time.Duration) time.Duration {
	return time.Duration(x.rng.Int64N(int64(longest)))
}

// kill ends a worker. In one of three times another one takes over before it comes back.
func (x *injury) kill(context.Context) {
	x.host.kill()
	if x.rng.IntN(3) == 0 {
		time.Sleep(x.Session + 500*time.Millisecond)
	}
	x.pause(500 * time.Millisecond)
	x.host.start()
}

// crashAtPhase has a worker kill itself at the nth passing of a phase. It may not come to that.
func (x *injury) crashAtPhase(context.Context) {
	phase, n := phases[x.rng.IntN(len(phases))], 1+x.rng.IntN(25)
	p, on := x.host.running()
	if !on {
		return
	}
	x.host.tell(worker.CommandCrash, n, phase)

	select {
	case <-p.ended:
		x.note("%s has killed itself: %s, at passing %d", p.name, phase, n)
	case <-time.After(3 * time.Second):
		x.host.tell(worker.CommandCalm)
	}
}

func (x *injury) restart(context.Context) {
	x.stop(x.host)
	x.pause(300 * time.Millisecond)
	x.host.start()
}

// zombie stops a worker for longer than its session. When it is stopped, many events arrive at once: when
// it is woken it has received them, and another worker has decided them by then.
func (x *injury) zombie(context.Context) {
	p, on := x.host.running()
	if !on {
		return
	}

	x.load.surgeAfter(surge{300, false}, func() { x.host.signal(syscall.SIGSTOP) })
	time.Sleep(x.Session + time.Second)
	x.pause(2 * time.Second)
	x.wake(x.host, p)
}

// wake notes when a worker was woken, since it may have been stopped between its lease and a call.
func (r *round) wake(h *host, p *process) {
	r.mu.Lock()
	r.woken = append(r.woken, check.Woken{Worker: p.name, At: time.Now()})
	r.mu.Unlock()
	h.signal(syscall.SIGCONT)
}

func (x *injury) cut(context.Context) { x.host.tell(worker.CommandCut) }

// hole has the network swallow everything for a while. What it has swallowed arrives late, or never.
func (x *injury) hole(context.Context) {
	x.host.tell(worker.CommandHole)
	time.Sleep(300 * time.Millisecond)
	x.pause(2 * x.Session)

	if x.rng.IntN(2) == 0 {
		x.host.tell(worker.CommandCut)
	}
	x.host.tell(worker.CommandMend)
}

func (x *injury) loseDisk(context.Context) {
	x.host.kill()
	if err := x.host.wipe(); err != nil {
		x.bad.Add("harness", "wipe %s: %v", x.host.name, err)
	}
	x.host.start()
}

// olderDisk saves the disk of a worker that was killed, or brings back the one that was saved.
func (x *injury) olderDisk(context.Context) {
	x.host.kill()

	restored, err := false, error(nil)
	if x.rng.IntN(2) == 0 {
		restored, err = x.host.restore()
	}

	if !restored && err == nil {
		err = x.host.save()
	}

	if err != nil {
		x.bad.Add("harness", "disk of %s: %v", x.host.name, err)
	}
	x.note("the older disk is back: %v", restored)
	x.host.start()
}

// addOrRemove starts the third worker, or ends it one way or the other.
func (x *injury) addOrRemove(context.Context) {
	third := x.hosts[2]
	switch _, on := third.running(); {
	case !on:
		third.start()
	case x.rng.IntN(2) == 0:
		x.stop(third)
	default:
		third.kill()
	}
}

// twin starts a second worker of one name, with a disk of its own, while the first one runs or is stopped.
// Exactly one of them must end.
func (x *injury) twin(context.Context) {
	first, on := x.host.running()
	if !on || !first.isReady(10*time.Second) {
		return
	}

	other := x.newHost("twin-of-"+x.host.name, x.host.instance)
	other.alone = true
	x.host.setAlone(true)

	stopped := x.rng.IntN(2) == 0
	if stopped {
		x.host.signal(syscall.SIGSTOP)
	}
	other.start()
	second, _ := other.running()

	if stopped {
		time.Sleep(x.upTo(2 * x.Session))
		x.wake(x.host, first)
	}

	x.oneOf(first, second)
	other.kill()
	x.host.setAlone(false)
	_ = other.wipe()

	if first.hasEnded() {
		x.host.start()
	}
}

// twinPatience is how long two workers of one name may both run.
const twinPatience = 45 * time.Second

// oneOf waits until one of two workers of one name has ended, and finds that both have, or neither.
func (r *round) oneOf(first, second *process) {
	select {
	case <-first.ended:
	case <-second.ended:
	case <-time.After(twinPatience):
		r.bad.Add("twins", "%s and %s both run after %v", first.name, second.name, twinPatience)
		return
	}

	time.Sleep(r.Session) // the other one has time to make the same mistake
	if first.hasEnded() && second.hasEnded() {
		r.bad.Add("twins", "%s and %s have both ended: %s; %s", first.name, second.name, first.why,
			second.why)
	}
}

// burst has many entries of one account sent at once.
func (x *injury) burst(context.Context) {
	x.load.ask(surge{100 + x.rng.IntN(300), true})
}

func (x *injury) restartBroker(ctx context.Context) {
	what, err := x.Cluster.Restart(ctx, x.rng)
	x.note("%s", what)
	if err != nil {
		x.bad.Add("harness", "%s: %v", what, err)
	}
}
