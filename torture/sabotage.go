package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/torture/round"
)

// grave are the safeguards that a campaign must miss.
var grave = []testhook.Safeguard{testhook.Generation, testhook.FreshCache, testhook.Lease, testhook.Positions}

// sabotage runs rounds of one kind of faults each, against workers that do without a safeguard, and prints
// which kinds have made rounds fail. A safeguard that no kind misses fails the campaign.
func sabotage(ctx context.Context, args []string) int {
	var c campaign
	f := c.flags("sabotage", 2, 30*time.Second)
	without := f.String("safeguards", names(grave), "which safeguards, one after the other")
	if err := f.Parse(args); err != nil {
		return exitUsage
	}

	if err := c.check(); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		return exitUsage
	}

	unnoticed := 0
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "without\tnoticed by\tas\tunnoticed by")
	for _, safeguard := range strings.Split(*without, ",") {
		noticed, kinds, missed, err := c.without(ctx, safeguard)
		if err != nil {
			fmt.Fprintln(os.Stderr, "torture:", err)
			return exitUsage
		}

		if len(noticed) == 0 {
			unnoticed++
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", safeguard, strings.Join(noticed, ", "), strings.Join(kinds, ", "),
			strings.Join(missed, ", "))
	}
	_ = w.Flush()

	if unnoticed > 0 {
		return exitFailed
	}
	return exitOK
}

// without runs the rounds of one safeguard. It returns the kinds of faults that made a round fail, and those
// that did not.
func (c *campaign) without(ctx context.Context, safeguard string) (noticed, as, missed []string, err error) {
	seen := map[string]bool{}
	for _, kind := range strings.Split(c.faults, ",") {
		if kind == "broker" || kind == "burst" {
			continue // they show other things
		}

		one := campaign{
			rounds:   c.rounds,
			seed:     c.seed,
			parallel: c.parallel,
			brokers:  c.brokers,
			kafka:    c.kafka,
			variants: c.variants,
			faults:   kind,
			folder:   c.folder,
			options:  c.options,
		}
		one.options.Sabotage = safeguard

		failed := false
		if err := one.run(ctx, func(r round.Result) {
			c.print(r)
			failed = failed || r.Verdict != round.OK
			for what := range r.Violations {
				seen[what] = true
			}

			if r.Stuck != "" {
				seen["stuck"] = true
			}
		}); err != nil {
			return nil, nil, nil, err
		}

		if failed || len(one.broken) > 0 {
			noticed = append(noticed, kind)
		} else {
			missed = append(missed, kind)
		}
	}

	return noticed, slices.Sorted(maps.Keys(seen)), missed, nil
}

func names(all []testhook.Safeguard) string {
	var out []string
	for _, s := range all {
		out = append(out, string(s))
	}
	return strings.Join(out, ",")
}
