package verb

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/urfave/cli/v3"
)

func sinceFlag(first string) cli.Flag {
	return &cli.StringFlag{Name: "since",
		Usage: "`WHEN` the " + first + ": 90m (ago), or 2013-03-08T17:00:00-05:00. Defaults to the beginning"}
}

// since reads the flag; zero is the beginning.
func since(cmd *cli.Command) (time.Time, error) {
	text := cmd.String("since")
	if text == "" {
		return time.Time{}, nil
	}

	if ago, err := time.ParseDuration(text); err == nil {
		return time.Now().Add(-ago), nil
	}

	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, UsageError("--since: %q is neither a time ago, such as 90m, nor one as 2006-01-02T15:04:05Z", text)
	}

	return at, nil
}

// partsBefore is how much older than a record what it refers to may be: a worker writes it anew after an
// hour.
const partsBefore = 2 * time.Hour

// readJournal reads what is on record of a topology since then, into memory.
func readJournal(ctx context.Context, client *processors.Client, name string, since time.Time) (
	*journal.Log, error) {
	records, parts := topology.New(name).Journal()

	topics, err := client.Topics()
	if err != nil {
		return nil, err
	}

	if !slices.Contains(topics, records) {
		return nil, UsageError("topology %s has put nothing on record: there is no topic %s. Decisions of an operator "+
			"whose Policy has Record are put there", name, records)
	}

	l := &journal.Log{}

	err = passing(ctx, client, records, since, l.Add)
	if err != nil {
		return nil, err
	}

	before := since
	if !before.IsZero() {
		before = since.Add(-partsBefore)
	}

	return l, passing(ctx, client, parts, before, func(key string, value []byte) error {
		l.AddPart(key, value)
		return nil
	})
}

// allSoFar follows a topic from its beginning to what is committed now.
var allSoFar = processors.FollowOptions{FromBeginning: true, ToEnd: true}

// passing gives f the records of a topic, up to now.
func passing(ctx context.Context, client *processors.Client, topic string, since time.Time,
	f func(key string, value []byte) error) error {
	for r, err := range client.Follow(ctx, topic, allSoFar) {
		if err != nil {
			return err
		}

		if r.Time.Before(since) {
			continue
		}

		if err := f(r.Key, r.Value); err != nil {
			return err
		}
	}

	return ctx.Err()
}

// readJournals reads what is on record of several topologies since then.
func readJournals(ctx context.Context, client *processors.Client, names []string, since time.Time) (
	logs []*journal.Log, err error) {
	for _, name := range names {
		l, err := readJournal(ctx, client, name, since)
		if err != nil {
			return nil, err
		}

		logs = append(logs, l)
	}
	return logs, nil
}

// deciders names the topologies that may have made a decision, of which what is an id or a key.
func (p Program) deciders(ctx context.Context, cmd *cli.Command, what string) (names []string, err error) {
	const slashes = 4 // of an id: topology/operator/topic/partition/offset
	if cmd.String("topology") == "" && strings.Count(what, "/") >= slashes {
		name, _, _ := strings.Cut(what, "/")
		return []string{name}, nil
	}

	charts, err := p.charts(ctx, cmd)
	for _, c := range charts {
		if c.Journal != "" {
			names = append(names, c.Name)
		}
	}

	if err == nil && len(names) == 0 {
		return nil, errors.New("nothing is on record: none of the operators has a Policy with Record")
	}

	return names, err
}
