package round

import (
	"context"
	"slices"
	"syscall"
	"time"

	"github.com/slipstream-go/slipstream/torture/check"
	"github.com/slipstream-go/slipstream/torture/worker"
)

// A fault hurts a round, and mends what would not mend by itself. It is over when fault returns.
type fault struct {
	kind  string
	hurt  func(r *round, ctx context.Context, h *host)
	where func(o Options) bool // a round in which it can be done; nil: any
}

// faults are all that there are.
var faults = []fault{
	{"kill9", (*round).kill, nil},
	{"phase", (*round).crashAtPhase, nil},
	{"graceful", (*round).restart, nil},
	{"zombie", (*round).zombie, isFenced},
	{"cut", (*round).cut, nil},
	{"hole", (*round).hole, isFenced},
	{"wipe", (*round).loseDisk, nil},
	{"oldstore", (*round).olderDisk, nil},
	{"add", (*round).addOrRemove, nil},
	{"twin", (*round).twin, func(o Options) bool { return o.Named && !o.AtLeastOnce }},
	{"burst", (*round).burst, nil},
	{"broker", (*round).restartBroker, func(o Options) bool { return o.Cluster.CanRestart() }},
}

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

// hurt does a fault that is drawn from those that the round may have.
func (r *round) hurt(ctx context.Context) {
	var may []fault
	for _, f := range faults {
		if slices.Contains(r.Faults, f.kind) && (f.where == nil || f.where(r.Options)) {
			may = append(may, f)
		}
	}

	if len(may) == 0 {
		return
	}
	f, h := may[r.rng.IntN(len(may))], r.hosts[r.rng.IntN(2)]

	if !r.isSteady(ctx) {
		r.note("no fault: the groups do not come to rest")
		return
	}

	r.mu.Lock()
	r.faults[f.kind]++
	r.mu.Unlock()
	r.note("fault %s of %s", f.kind, h.name)

	f.hurt(r, ctx, h)
}

// isSteady waits until no group is joined any more. It matters where a worker that dies while it joins blocks
// its group: on the embedded broker, if workers have no names.
func (r *round) isSteady(ctx context.Context) bool {
	if r.Named || r.Cluster.IsKept() {
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
func (r *round) pause(longest time.Duration) { time.Sleep(r.upTo(longest)) }

func (r *round) upTo(longest time.Duration) time.Duration {
	return time.Duration(r.rng.Int64N(int64(longest)))
}

// kill ends a worker. In one of three times another one takes over before it comes back.
func (r *round) kill(_ context.Context, h *host) {
	h.kill()
	if r.rng.IntN(3) == 0 {
		time.Sleep(r.Session + 500*time.Millisecond)
	}
	r.pause(500 * time.Millisecond)
	h.start()
}

// crashAtPhase has a worker kill itself at the nth passing of a phase. It may not come to that.
func (r *round) crashAtPhase(_ context.Context, h *host) {
	phase, n := phases[r.rng.IntN(len(phases))], 1+r.rng.IntN(25)
	p, on := h.running()
	if !on {
		return
	}
	h.tell(worker.CommandCrash, n, phase)

	select {
	case <-p.ended:
		r.note("%s has killed itself: %s, at passing %d", p.name, phase, n)
	case <-time.After(3 * time.Second):
		h.tell(worker.CommandCalm)
	}
}

func (r *round) restart(_ context.Context, h *host) {
	r.stop(h)
	r.pause(300 * time.Millisecond)
	h.start()
}

// zombie stops a worker for longer than its session. When it is stopped, many events arrive at once: when
// it is woken it has received them, and another worker has decided them by then.
func (r *round) zombie(_ context.Context, h *host) {
	p, on := h.running()
	if !on {
		return
	}

	r.load.surgeAfter(surge{300, false}, func() { h.signal(syscall.SIGSTOP) })
	time.Sleep(r.Session + time.Second)
	r.pause(2 * time.Second)
	r.wake(h, p)
}

// wake notes when a worker was woken, since it may have been stopped between its lease and a call.
func (r *round) wake(h *host, p *process) {
	r.mu.Lock()
	r.woken = append(r.woken, check.Woken{Worker: p.name, At: time.Now()})
	r.mu.Unlock()
	h.signal(syscall.SIGCONT)
}

func (r *round) cut(_ context.Context, h *host) { h.tell(worker.CommandCut) }

// hole has the network swallow everything for a while. What it has swallowed arrives late, or never.
func (r *round) hole(_ context.Context, h *host) {
	h.tell(worker.CommandHole)
	time.Sleep(300 * time.Millisecond)
	r.pause(2 * r.Session)

	if r.rng.IntN(2) == 0 {
		h.tell(worker.CommandCut)
	}
	h.tell(worker.CommandMend)
}

func (r *round) loseDisk(_ context.Context, h *host) {
	h.kill()
	if err := h.wipe(); err != nil {
		r.bad.Add("harness", "wipe %s: %v", h.name, err)
	}
	h.start()
}

// olderDisk saves the disk of a worker that was killed, or brings back the one that was saved.
func (r *round) olderDisk(_ context.Context, h *host) {
	h.kill()

	restored, err := false, error(nil)
	if r.rng.IntN(2) == 0 {
		restored, err = h.restore()
	}

	if !restored && err == nil {
		err = h.save()
	}

	if err != nil {
		r.bad.Add("harness", "disk of %s: %v", h.name, err)
	}
	r.note("the older disk is back: %v", restored)
	h.start()
}

// addOrRemove starts the third worker, or ends it one way or the other.
func (r *round) addOrRemove(_ context.Context, _ *host) {
	third := r.hosts[2]
	switch _, on := third.running(); {
	case !on:
		third.start()
	case r.rng.IntN(2) == 0:
		r.stop(third)
	default:
		third.kill()
	}
}

// twin starts a second worker of one name, with a disk of its own, while the first one runs or is stopped.
// Exactly one of them must end.
func (r *round) twin(_ context.Context, h *host) {
	first, on := h.running()
	if !on || !first.isReady(10*time.Second) {
		return
	}

	other := r.newHost("twin-of-"+h.name, h.instance)
	other.alone = true
	h.setAlone(true)

	stopped := r.rng.IntN(2) == 0
	if stopped {
		h.signal(syscall.SIGSTOP)
	}
	other.start()
	second, _ := other.running()

	if stopped {
		time.Sleep(r.upTo(2 * r.Session))
		r.wake(h, first)
	}

	r.oneOf(first, second)
	other.kill()
	h.setAlone(false)
	_ = other.wipe()

	if first.hasEnded() {
		h.start()
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
func (r *round) burst(_ context.Context, _ *host) {
	r.load.ask(surge{100 + r.rng.IntN(300), true})
}

func (r *round) restartBroker(ctx context.Context, _ *host) {
	what, err := r.Cluster.Restart(ctx, r.rng)
	r.note("%s", what)
	if err != nil {
		r.bad.Add("harness", "%s: %v", what, err)
	}
}
