// Package round runs one round: it starts workers, sends events, hurts the workers, lets them come to rest,
// and has package check judge what became of every event.
package round

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/torture/check"
	"github.com/slipstream-go/slipstream/torture/worker"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Options say how a round goes. All must be set, except for what says so.
type Options struct {
	Seed        uint64
	Cluster     Cluster
	Named       bool     // workers have permanent names
	AtLeastOnce bool     // the workers' guarantee; defaults to exactly once
	Faults      []string // the kinds that are drawn from; see [Kinds]
	Sabotage    string   // safeguards that workers do without; defaults to none
	Events      int      // inputs, beside bursts
	Length      time.Duration
	Gap         time.Duration // between two faults, on average
	Session     time.Duration // time-out of the workers' sessions
	Patience    time.Duration // without any news: the round is stuck
	Folder      string        // of all that the round writes
	Keep        bool          // the folder, also of a round that is good; defaults to false
}

// A Result is what a round came to, as one line of JSON.
type Result struct {
	Seed       uint64         `json:"seed"`
	Cluster    string         `json:"cluster"`
	Named      bool           `json:"named"`
	Guarantee  string         `json:"guarantee"`
	Sabotage   string         `json:"sabotage,omitempty"`
	Verdict    Verdict        `json:"verdict"`
	Violations map[string]int `json:"violations,omitempty"`
	Stuck      string         `json:"stuck,omitempty"`   // what is missing
	Hanging    string         `json:"hanging,omitempty"` // a transaction of Kafka's that was named and freed
	Folder     string         `json:"folder,omitempty"`  // if it is kept
	Faults     map[string]int `json:"faults"`
	Restarts   int            `json:"restarts"` // of workers that ended by themselves
	Unclean    int            `json:"unclean"`  // stops whose last commit has failed
	Seconds    float64        `json:"seconds"`
	Settled    float64        `json:"settled"` // seconds from the end of the load until all was settled
	check.Counts
}

// A Verdict is on a round.
type Verdict string

// The verdicts.
const (
	OK       Verdict = "ok"
	Violated Verdict = "violated"
	Stuck    Verdict = "stuck"
)

// partitions of each topic.
const partitions = 6

// Files in the folder of a round.
const (
	callsFile    = "calls.log"
	roundFile    = "round.log"
	findingsFile = "violations.json"
)

type round struct {
	Options
	name    string // of the topology, and the beginning of all topics
	folder  string
	brokers []string
	topics  check.Topics
	sent    *check.Sent
	live    *check.Live
	bad     check.Findings
	load    *load
	admin   *kadm.Client
	rng     *rand.Rand // for faults; one goroutine uses it
	hosts   []*host    // two, and a third one that comes and goes
	began   time.Time
	settled time.Duration // how long that took after the load

	mu       sync.Mutex // guards what follows
	log      *os.File
	faults   map[string]int
	restarts int
	unclean  int // stops that could not commit
	woken    []check.Woken
}

// Run runs a round. An error says that it could not: nothing is judged then.
func Run(ctx context.Context, o Options) (Result, error) {
	r := &round{Options: o, name: fmt.Sprintf("t%d", o.Seed), folder: o.Folder, sent: check.NewSent(),
		rng: rand.New(rand.NewPCG(o.Seed, 1)), began: time.Now(), faults: map[string]int{}}
	r.topics = check.TopicsOf(r.name)

	if err := r.open(ctx); err != nil {
		return Result{}, err
	}
	defer r.close()

	ctx, stop := context.WithCancel(ctx)
	defer stop()

	var err error
	if r.live, err = check.Follow(ctx, r.brokers, r.topics, r.sent); err != nil {
		return Result{}, err
	}

	r.hurtUnderLoad(ctx)
	stuck := r.comeToRest(ctx)
	hanging := r.free(ctx, &stuck)
	if stuck == "" {
		r.ask(ctx)
	}
	r.stopAll()

	return r.judge(ctx, stuck, hanging), ctx.Err()
}

// open makes the folder and the topics, and starts the first two workers.
func (r *round) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(r.folder, 0o755); err != nil {
		return err
	}

	if r.log, err = os.Create(r.path(roundFile)); err != nil {
		return err
	}

	if r.brokers, err = r.Cluster.Brokers(); err != nil {
		return err
	}

	client, err := kgo.NewClient(kgo.SeedBrokers(r.brokers...))
	if err != nil {
		return err
	}
	r.admin = kadm.NewClient(client)

	made, err := r.admin.CreateTopics(ctx, partitions, -1, nil, r.topics.Inputs()...)
	if err == nil {
		err = made.Error()
	}

	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}

	if r.load, err = r.newLoad(); err != nil {
		return err
	}

	for i := range 3 {
		name, instance := fmt.Sprintf("w%d", i), ""
		if r.Named {
			instance = name
		}
		r.hosts = append(r.hosts, r.newHost(name, instance))
	}

	return r.startTwo()
}

// startTwo starts the workers that always run.
func (r *round) startTwo() error {
	for _, h := range r.hosts[:2] {
		h.start()
	}

	for _, h := range r.hosts[:2] {
		if !h.isReady(2 * time.Minute) {
			return fmt.Errorf("worker %s is not ready: see %s", h.name, r.folder)
		}
	}

	return nil
}

func (r *round) close() {
	for _, h := range r.hosts {
		h.kill()
	}
	r.admin.Close()
	_ = r.log.Close()
}

// hurtUnderLoad does faults, one after the other, while events are sent.
func (r *round) hurtUnderLoad(ctx context.Context) {
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		r.load.run()
	}()

	for began := time.Now(); ctx.Err() == nil; {
		time.Sleep(time.Duration(float64(r.Gap) * (0.3 + 1.4*r.rng.Float64())))
		if time.Since(began) >= r.Length {
			break
		}
		r.hurt(ctx)
	}

	<-sent
	r.load.close()
}

// comeToRest waits until all that was sent has had its effect. It returns what is missing when nothing has
// happened any more for as long as the patience lasts.
func (r *round) comeToRest(ctx context.Context) (stuck string) {
	r.note("the load is over")
	defer func(began time.Time) { r.settled = time.Since(began) }(time.Now())
	for _, h := range r.hosts[:2] {
		h.start()
	}

	for ctx.Err() == nil && !r.live.Done() {
		if r.live.Silence() > r.Patience {
			stuck = r.live.Missing()
			r.note("stuck: %s", stuck)
			r.noteGroups(ctx)
			return stuck
		}
		time.Sleep(50 * time.Millisecond)
	}
	r.note("all is settled")

	return ""
}

// noteGroups notes what the broker knows of the groups.
func (r *round) noteGroups(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()

	groups, err := r.admin.DescribeGroups(ctx, r.topics.Groups()...)
	if err != nil {
		r.note("groups: %v", err)
	}

	for _, g := range groups.Sorted() {
		r.note("group %s is %s, %v", g.Group, g.State, g.Err)
		for _, m := range g.Members {
			parts := 0
			if a, ok := m.Assigned.AsConsumer(); ok {
				for _, t := range a.Topics {
					parts += len(t.Partitions)
				}
			}
			r.note("  %s: %d partitions", m.ClientID, parts)
		}
	}
}

// addresses returns those of the workers that run, once all are ready.
func (r *round) addresses() (all []string) {
	for _, h := range r.hosts {
		p, on := h.running()
		if !on {
			continue
		}

		if !h.isReady(time.Minute) {
			r.bad.Add("not ready", "%s: a minute after all is settled", p.name)
			continue
		}
		p, _ = h.running()
		all = append(all, p.Address())
	}

	return all
}

// ask compares the rows that workers answer with their changelogs.
func (r *round) ask(ctx context.Context) {
	const table = "accounts"

	addresses := r.addresses()
	records, err := check.Read(ctx, r.brokers, []string{r.topics.Changelog(table)})
	if err != nil {
		r.bad.Add("open transaction", "%v", err)
		return
	}

	seen := &check.Round{Topics: r.topics, Sent: r.sent, Records: records}
	seen.AskRows(ctx, addresses, table, &r.bad)
	for _, address := range addresses {
		check.AskReady(ctx, address, &r.bad)
	}
}

// stopAll stops the workers, which must take their time-outs only.
func (r *round) stopAll() {
	var all sync.WaitGroup
	for _, h := range r.hosts {
		all.Go(func() { r.stop(h) })
	}
	all.Wait()
}

func (r *round) stop(h *host) {
	switch status, inTime := h.stop(); {
	case !inTime:
		r.bad.Add("does not stop", "%s: %v after SIGTERM", h.name, stopPatience)
	case status == worker.ExitFailed: // its last commit has failed: a connection had been cut
		r.mu.Lock()
		r.unclean++
		r.mu.Unlock()
	case status != worker.ExitStopped:
		r.bad.Add("does not stop cleanly", "%s: status %d", h.name, status)
	}
}

func (r *round) path(file string) string { return filepath.Join(r.folder, file) }

// note writes a line into the round's log.
func (r *round) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()

	at := time.Since(r.began).Seconds()
	fmt.Fprintf(r.log, "%s %7.3f %s\n", time.Now().Format("15:04:05.000"), at, fmt.Sprintf(format, args...))
}
