package verb

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/internal/exact"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/urfave/cli/v3"
)

// Send is the verb that sends records to a topic.
func Send(p Program) *cli.Command {
	return &cli.Command{
		Name:      "send",
		Usage:     "send a record to a topic, or many",
		ArgsUsage: "TOPIC [KEY [JSON | -]]",
		Description: "The value is the argument, or the standard input if that is - or missing. Without a key, each line of\n" +
			`the standard input is a record: {"key": "...", "value": ..., "time": "..."}; time may be missing. That is what` + "\n" +
			"`tail --json` prints.",
		Flags: append(ClientFlags(),
			&cli.TimestampFlag{
				Name:   "time",
				Usage:  "`TIME` of the event, such as 2013-03-08T18:00:00-05:00. Defaults to now",
				Config: cli.TimestampConfig{Layouts: []string{time.RFC3339}},
			},
			&cli.StringMapFlag{
				Name:  "header",
				Usage: "`NAME=VALUE` to put on the record; may be given again",
			},
			&cli.BoolFlag{Name: "raw", Usage: "send the value as it is, even if it is no JSON"},
		),
		Action: stoppable(p.send),
	}
}

func (p Program) send(ctx context.Context, cmd *cli.Command) (err error) {
	args, err := Arguments(cmd, 1, 3, "TOPIC")
	if err != nil {
		return err
	}

	client, err := p.Dial(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	if err := hasTopic(client, args[0]); err != nil {
		return err
	}

	n := 0
	for records, err := range outgoing(cmd, args, &interruptible{ctx: ctx, in: cmd.Root().Reader}) {
		if err != nil {
			return err
		}

		if err := client.Send(ctx, records...); err != nil {
			return err
		}
		n += len(records)
	}
	fmt.Fprintf(cmd.Root().ErrWriter, "%d sent to %s\n", n, args[0])

	return nil
}

// hasTopic says so if there is no such topic, and which may be meant.
func hasTopic(client *processors.Client, name string) error {
	topics, err := client.Topics()
	if err != nil || slices.Contains(topics, name) {
		return err
	}
	return UsageError("there is no topic %q: %s", name, meant(name, topics))
}

// batch is how many lines are sent together.
const batch = 500

// An interruptible reader fails when ctx ends. A read of a terminal can't be ended: it goes on in the
// background, and what it brings is lost. Nothing is read before the first Read.
type interruptible struct {
	ctx   context.Context
	in    io.Reader
	begun sync.Once
	out   *io.PipeReader // set once begun
}

func (r *interruptible) Read(b []byte) (int, error) {
	r.begun.Do(func() {
		out, to := io.Pipe()
		r.out = out
		go func() {
			_, err := io.Copy(to, r.in)
			to.CloseWithError(err)
		}()
		context.AfterFunc(r.ctx, func() { to.CloseWithError(r.ctx.Err()) })
	})
	return r.out.Read(b)
}

// outgoing yields the records that the command line and in, the standard input, say, in batches.
func outgoing(cmd *cli.Command, args []string, in io.Reader) func(func([]topology.Record, error) bool) {
	return func(yield func([]topology.Record, error) bool) {
		if len(args) > 1 {
			r, err := one(cmd, args, in)
			yield([]topology.Record{r}, err)
			return
		}
		var records []topology.Record
		scan := bufio.NewScanner(in)
		scan.Buffer(nil, 16<<20)

		for n := 1; scan.Scan(); n++ {
			if strings.TrimSpace(scan.Text()) == "" {
				continue
			}

			r, err := fromLine(scan.Bytes())
			if err != nil {
				yield(nil, UsageError("line %d of the standard input: %w", n, err))
				return
			}

			records = append(records, complete(cmd, args[0], r))
			if len(records) == batch && !yield(records, nil) {
				return
			} else if len(records) == batch {
				records = nil
			}
		}

		if err := scan.Err(); err != nil {
			yield(nil, fmt.Errorf("standard input: %w", err))
		} else if len(records) > 0 {
			yield(records, nil)
		}
	}
}

// one is the record of a command line.
func one(cmd *cli.Command, args []string, in io.Reader) (r topology.Record, err error) {
	r = topology.Record{Key: exact.Argument(args[1])}
	value := []byte(nil)
	if len(args) > 2 && args[2] != "-" {
		value = []byte(args[2])
	} else if value, err = io.ReadAll(in); err != nil {
		return r, fmt.Errorf("standard input: %w", err)
	}

	if !cmd.Bool("raw") && !json.Valid(value) {
		return r, UsageError("JSON: %.80q is not JSON (--raw sends it nevertheless)", value)
	}
	r.Value = value

	return complete(cmd, args[0], r), nil
}

// complete puts in what the flags say.
func complete(cmd *cli.Command, topic string, r topology.Record) topology.Record {
	r.Topic = topic
	if t := cmd.Timestamp("time"); r.Time.IsZero() && !t.IsZero() {
		r.Time = t
	}

	for name, v := range cmd.StringMap("header") {
		if r.Headers == nil {
			r.Headers = map[string]string{}
		}
		r.Headers[name] = v
	}

	return r
}
