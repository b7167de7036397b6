package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/torture/round"
)

// A campaign is a number of rounds.
type campaign struct {
	rounds   int
	seed     uint64
	parallel int
	budget   time.Duration
	brokers  string
	kafka    int
	variants string
	faults   string
	folder   string
	options  round.Options

	mu      sync.Mutex // guards what follows
	results []round.Result
	broken  []error // rounds that could not be run
}

// variants are what rounds take turns at, by default: most are of workers with permanent names.
const variants = "named,named,nameless,named,nameless,at-least-once"

func (c *campaign) flags(name string, rounds int, patience time.Duration) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.IntVar(&c.rounds, "rounds", rounds, "how many rounds")
	f.Uint64Var(&c.seed, "seed", 1, "the seed of the first round; the next ones follow")
	f.IntVar(&c.parallel, "parallel", 2, "rounds at a time, on the embedded broker")
	f.DurationVar(&c.budget, "budget", 0, "start no round after this time; 0: start all")
	f.StringVar(&c.brokers, "brokers", "", "host:port,... of a Kafka; none: an embedded broker a round")
	f.IntVar(&c.kafka, "kafka", 0, "start a Kafka of 1 or 3 nodes, whose brokers are restarted, too")
	f.StringVar(&c.variants, "variants", variants, "what rounds take turns at")
	f.StringVar(&c.faults, "faults", strings.Join(round.Kinds(), ","), "the kinds of faults to draw from")
	f.StringVar(&c.folder, "folder", filepath.Join(os.TempDir(), "slipstream-torture"), "of failed rounds")
	f.BoolVar(&c.options.Keep, "keep", false, "keep the folders of good rounds, too")
	f.IntVar(&c.options.Events, "events", 2500, "inputs of a round, beside bursts")
	f.DurationVar(&c.options.Length, "length", 0, "of the load; 0: 10s, and 30s with -kafka")
	f.DurationVar(&c.options.Gap, "gap", 500*time.Millisecond, "mean time between two faults")
	f.DurationVar(&c.options.Session, "session", 2*time.Second, "time-out of the workers' sessions")
	f.DurationVar(&c.options.Patience, "patience", patience, "without news a round is stuck")
	f.StringVar(&c.options.Sabotage, "without", "", "safeguards that workers do without")

	return f
}

// check returns what is wrong with the flags.
func (c *campaign) check() error {
	for _, kind := range strings.Split(c.faults, ",") {
		if !slices.Contains(round.Kinds(), kind) {
			return fmt.Errorf("there is no fault %q: the faults are %v", kind, round.Kinds())
		}
	}

	for _, v := range strings.Split(c.variants, ",") {
		if !slices.Contains(strings.Split(variants, ","), v) {
			return fmt.Errorf("there is no variant %q: use named, nameless or at-least-once", v)
		}
	}

	if c.parallel < 1 || c.rounds < 1 {
		return fmt.Errorf("there must be a round, and one at a time")
	}

	return nil
}

// rounds runs a campaign and prints what it came to.
func rounds(ctx context.Context, args []string) int {
	var c campaign
	if err := c.flags("rounds", 200, 90*time.Second).Parse(args); err != nil {
		return exitUsage
	}

	if err := c.check(); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		return exitUsage
	}

	began := time.Now()
	err := c.run(ctx, c.print)
	table(os.Stdout, c.results, time.Since(began)) // also of a campaign that was interrupted

	if err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		return exitUsage
	}

	return c.status()
}

func (c *campaign) status() int {
	for _, r := range c.results {
		if r.Verdict != round.OK {
			return exitFailed
		}
	}

	for _, err := range c.broken {
		fmt.Fprintln(os.Stderr, "torture:", err)
	}

	if len(c.broken) > 0 || len(c.results) == 0 {
		return exitUsage
	}
	return exitOK
}

// run runs the rounds, and calls each with the result of every one.
func (c *campaign) run(ctx context.Context, each func(round.Result)) error {
	shared, err := c.shared()
	if err != nil {
		return err
	}

	parallel := c.parallel
	if shared != nil {
		defer shared.Close()
		parallel = 1
	}

	began, numbers := time.Now(), make(chan int)
	var all sync.WaitGroup
	for range parallel {
		all.Go(func() {
			for n := range numbers {
				c.one(ctx, n, shared, each)
			}
		})
	}

	for n := range c.rounds {
		if ctx.Err() != nil || c.budget > 0 && time.Since(began) > c.budget {
			break
		}
		numbers <- n
	}
	close(numbers)
	all.Wait()

	return ctx.Err()
}

// shared returns the cluster of all rounds; nil if each has its own.
func (c *campaign) shared() (round.Cluster, error) {
	switch {
	case c.brokers != "":
		return round.Elsewhere(strings.Split(c.brokers, ",")), nil
	case c.kafka > 0:
		return startKafka(c.kafka)
	}
	return nil, nil
}

// one runs the nth round.
func (c *campaign) one(ctx context.Context, n int, cluster round.Cluster, each func(round.Result)) {
	o := c.options
	o.Length = cmp.Or(o.Length, lengthOf(c.kafka > 0))
	o.Seed = c.seed + uint64(n)
	o.Faults = strings.Split(c.faults, ",")
	o.Folder = filepath.Join(c.folder, fmt.Sprintf("%s-%d", time.Now().Format("20060102-150405"), o.Seed))

	turns := strings.Split(c.variants, ",")
	switch turns[n%len(turns)] {
	case "named":
		o.Named = true
	case "at-least-once":
		o.Named, o.AtLeastOnce = true, true
	}

	result, err := runOn(ctx, o, cluster)

	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.broken = append(c.broken, fmt.Errorf("round %d: %w", o.Seed, err))
		return
	}
	c.results = append(c.results, result)
	each(result)
}

// lengthOf is how long a round takes by default: a restart of a broker may take ten seconds.
func lengthOf(restarts bool) time.Duration {
	if restarts {
		return 30 * time.Second
	}
	return 10 * time.Second
}

// runOn runs a round on a cluster, or on an embedded broker of its own.
func runOn(ctx context.Context, o round.Options, cluster round.Cluster) (round.Result, error) {
	if cluster == nil {
		own, err := round.StartEmbedded()
		if err != nil {
			return round.Result{}, err
		}
		defer own.Close()
		cluster = own
	}
	o.Cluster = cluster

	return round.Run(ctx, o)
}

// print prints the result of a round as one line.
func (c *campaign) print(r round.Result) {
	line, _ := json.Marshal(r)
	fmt.Println(string(line))
}

// startKafka returns no typed nil with an error.
func startKafka(nodes int) (round.Cluster, error) {
	k, err := round.StartKafka(nodes)
	if err != nil {
		return nil, err
	}
	return k, nil
}
