package verb

import (
	"bufio"
	"cmp"
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
			"`tail --json` prints. Lines are sent as they come, those that are there together. The first that can't\n" +
			"be sent ends it; lines that were there with it may have been sent.",
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

	ctx, stop := context.WithCancel(ctx) // of what still reads
	defer stop()

	n, err := sendAll(ctx, client, outgoing(ctx, cmd, args))
	if ofLines := len(args) == 1; ofLines || err == nil {
		fmt.Fprintf(cmd.Root().ErrWriter, "%d sent to %s\n", n, args[0])
	}

	return err
}

// An item is a record to be sent, or why there is none.
type item struct {
	record topology.Record
	err    error
	line   int // of the standard input; 0: the record is from the command line
}

// where adds to an error which line it is of.
func (i item) where(err error) error {
	if i.line == 0 {
		return err
	}
	return fmt.Errorf("line %d of the standard input: %w", i.line, err)
}

// sendAll sends records as they come, those that are there together, up to the first that can't be sent. It
// returns how many were sent.
func sendAll(ctx context.Context, client *processors.Client, items <-chan item) (n int, err error) {
	for {
		batch, bad := next(items)
		if len(batch) == 0 {
			return n, cmp.Or(bad, ctx.Err())
		}

		records := make([]topology.Record, len(batch))
		for i := range batch {
			records[i] = batch[i].record
		}

		err := client.Send(ctx, records...)
		if refused := new(processors.SendError); errors.As(err, &refused) {
			return n + refused.Sent, batch[refused.Index].where(err)
		}

		if err != nil {
			return n, err
		}
		n += len(batch)

		if bad != nil {
			return n, bad
		}
	}
}

// next waits for an item, and returns it with those that are there by then; none if there are no more. bad is
// why what comes after them is no record.
func next(items <-chan item) (batch []item, bad error) {
	i, ok := <-items
	for ok && len(batch) < atOnce {
		if i.err != nil {
			return batch, i.err
		}

		if batch = append(batch, i); len(batch) == atOnce {
			return batch, nil
		}

		select {
		case i, ok = <-items:
		default:
			return batch, nil
		}
	}

	return batch, nil
}

// hasTopic says so if there is no such topic, and which may be meant.
func hasTopic(client *processors.Client, name string) error {
	topics, err := client.Topics()
	if err != nil || slices.Contains(topics, name) {
		return err
	}
	return UsageError("there is no topic %q: %s", name, meant(name, topics))
}

// atOnce is how many records are sent together at most.
const atOnce = 500

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

// outgoing returns the records that the command line and the standard input say. It reads ahead, and ends
// with the first error.
func outgoing(ctx context.Context, cmd *cli.Command, args []string) <-chan item {
	in := &interruptible{ctx: ctx, in: cmd.Root().Reader}
	items := make(chan item, atOnce)
	put := func(i item) bool {
		select {
		case items <- i:
			return i.err == nil
		case <-ctx.Done():
			return false
		}
	}

	go func() {
		defer close(items)

		if len(args) > 1 {
			r, err := one(cmd, args, in)
			put(item{record: r, err: err})
			return
		}
		readLines(cmd, args[0], in, put)
	}()

	return items
}

// readLines puts the records of the lines of in until put returns false.
func readLines(cmd *cli.Command, topic string, in io.Reader, put func(item) bool) {
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, 16<<20)

	n := 1
	for ; scan.Scan(); n++ {
		if strings.TrimSpace(scan.Text()) == "" {
			continue
		}

		r, err := fromLine(scan.Bytes())
		if err != nil {
			err = UsageError("line %d of the standard input: %w", n, err)
		}

		if !put(item{record: complete(cmd, topic, r), err: err, line: n}) {
			return
		}
	}

	if err := scan.Err(); err != nil {
		put(item{err: fmt.Errorf("line %d of the standard input: %w", n, err)})
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
