package verb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/urfave/cli/v3"
)

// Tail is the verb that prints the records of a topic.
func Tail(p Program) *cli.Command {
	return &cli.Command{
		Name:      "tail",
		Usage:     "print the records of a topic as they come, until it is interrupted",
		ArgsUsage: "TOPIC",
		Description: "A record is a line: its time, its key and its value. With --provenance, the next\n" +
			"line says where it is from, and of a decision who made it and what that cost. Only\n" +
			"what is committed is seen. Each partition is in order; between partitions there is\n" +
			"none.",
		Flags: append(ClientFlags(),
			&cli.StringFlag{Name: "from", Value: "end", Usage: "`WHERE` to begin: beginning or end"},
			&cli.BoolFlag{Name: "stop", Usage: "end at what is there now; implies --from beginning"},
			&cli.IntFlag{
				Name:    "limit",
				Aliases: []string{"n"},
				Usage:   "end after `N` records. Defaults to no limit",
			},
			&cli.BoolFlag{
				Name: "provenance",
				Usage: "print also where a record is from: who decided, by which model and prompt, at what " +
					"cost",
			},
			&cli.BoolFlag{Name: "json", Usage: "print each record whole, as a line of JSON"},
		),
		Action: stoppable(p.tail),
	}
}

func (p Program) tail(ctx context.Context, cmd *cli.Command) (err error) {
	args, err := Arguments(cmd, 1, 1, "TOPIC")
	if err != nil {
		return err
	}

	from := processors.FollowOptions{FromBeginning: cmd.Bool("stop"), ToEnd: cmd.Bool("stop")}
	switch where := cmd.String("from"); {
	case where == "beginning":
		from.FromBeginning = true
	case where != "end":
		return UsageError("--from: %q is neither beginning nor end", where)
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
	for r, err := range client.Follow(ctx, args[0], from) {
		if err != nil {
			return err
		}

		if isMarker(r) {
			continue
		}

		if err := p.printRecord(cmd, r); err != nil {
			return err
		}

		if n++; n == cmd.Int("limit") {
			return nil
		}
	}

	if ends := cmd.Bool("stop") || cmd.IsSet("limit"); !ends {
		return nil // an interrupt is how it ends
	}

	return ctx.Err()
}

// isMarker reports whether a record of a changelog is no row: it keeps former versions away.
func isMarker(r topology.Record) bool {
	return r.Key == "" && r.Headers["slipstream-pending-cells"] != ""
}

func (p Program) printRecord(cmd *cli.Command, r topology.Record) error {
	w := cmd.Root().Writer
	if cmd.Bool("json") {
		return json.NewEncoder(w).Encode(toLine(r))
	}

	if _, err := fmt.Fprintln(w, p.line(r)); err != nil || !cmd.Bool("provenance") {
		return err
	}
	_, err := fmt.Fprintf(w, "      %s\n", provenance(r))

	return err
}

// line is a record as a line for people.
func (p Program) line(r topology.Record) string {
	if p.Line != nil {
		if line := p.Line(r.Topic, r.Key, r.Value); line != "" {
			return Escape(line)
		}
	}

	value := valueText(r.Value)
	if r.Value == nil && r.Key != "" {
		value = "(deleted)"
	}

	return fmt.Sprintf("%s  %s  %s", r.Time.Format(time.DateTime), keyText(r.Key), value)
}

// provenance says where a record is from, as far as its headers tell.
func provenance(r topology.Record) string {
	var out []string
	say := func(format, header string) {
		if v := r.Headers[header]; v != "" {
			out = append(out, fmt.Sprintf(format, Escape(v)))
		}
	}
	say("by %s", "ce_decidedby")
	say("candidate %s", "ce_candidate")
	say("%s", "ce_model")
	say("prompt %s", "ce_promptversion")
	say("%s tokens read", "ce_tokensin")
	say("%s written", "ce_tokensout")
	say("%s ms", "ce_latencyms")
	say("cut %s times to fit", "ce_trimmed")
	say("because of: %s", "ce_cause")

	if n := r.Headers["ce_attempts"]; n != "1" {
		say("asked %s times", "ce_attempts")
	}
	say("saw %s", "ce_rows")
	say("id %s", "ce_id")
	say("from topic %s", "deadletter-topic")
	say("partition %s", "deadletter-partition")
	say("offset %s", "deadletter-offset")
	say("in stage %s", "deadletter-stage")
	say("because: %s", "deadletter-error")

	return strings.Join(append(out, fmt.Sprintf("at %s/%d/%d", r.Topic, r.Partition, r.Offset)), " · ")
}
