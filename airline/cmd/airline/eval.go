package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/airline/measure/exam"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/verb"
)

func evalVerb(verb.Program) *cli.Command {
	return &cli.Command{
		Name:  "eval",
		Usage: "examine how the agents read notes and talk, on cases that were labelled by hand",
		Description: "Each note is read in a case in which every choice is open. Each conversation is\n" +
			"played: its situation becomes events of the airline on the reference engine, in this\n" +
			"process, and its messages go to the concierge, one a minute. Rules alone read nothing, and\n" +
			"hand each conversation to a person.\n\n" +
			"Tables come first. The last line is one object of JSON with counts, shares, and intervals\n" +
			"of 95 % by Wilson.",
		Flags: []cli.Flag{
			modelFlag(),
			&cli.StringFlag{Name: "notes", Usage: "`FILE` of labelled notes, as JSON Lines"},
			&cli.StringFlag{Name: "talks",
				Usage: "`FILE` of conversations with what a good turn does, as JSON Lines"},
			&cli.StringFlag{Name: "part",
				Usage: "`NAME` of the half to take, tune or report, by a hash of each id. Defaults to both"},
			promptFlags()[0],
			&cli.BoolFlag{Name: "each", Usage: "print each case, with what came of it"},
		},
		Action: runEval,
	}
}

// unhurried is a bound that no answer comes near, so that on a slow machine only the time differs.
const unhurried = 24 * time.Hour

// An examination is what the cases have come to. It is the last line of the output.
type examination struct {
	Model string            `json:"model"`
	Part  string            `json:"part,omitempty"` // "": both
	Notes *exam.NotesReport `json:"notes,omitempty"`
	Talks *exam.TalksReport `json:"conversations,omitempty"`
}

// An examiner runs the cases of files.
type examiner struct {
	agent *agent
	part  exam.Part
	out   io.Writer
	each  bool // print each case
}

func runEval(ctx context.Context, cmd *cli.Command) (err error) {
	if _, err := verb.Arguments(cmd, 0, 0); err != nil {
		return err
	}

	part := exam.Part(cmd.String("part"))
	if part != "" && part != exam.Tune && part != exam.Report {
		return verb.UsageError("--part: %q is neither tune nor report", part)
	}

	notes, err := casesOf(cmd, "notes", exam.ReadNotes)
	if err != nil {
		return err
	}

	talks, err := casesOf(cmd, "talks", exam.ReadTalks)
	if err != nil {
		return err
	}

	if len(notes)+len(talks) == 0 {
		return verb.UsageError("name a file of --notes, of --talks, or both")
	}

	before, err := instructed(cmd.String("prompt"))
	if err != nil {
		return err
	}

	a, _, err := coldAgent(ctx, cmd.String("model"), llm.ResilientConfig{Timeout: unhurried}, before,
		lines(cmd.Root().ErrWriter))
	if err != nil {
		return verb.Interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, a.close()) }()

	e := examiner{agent: a, part: part, out: cmd.Root().Writer, each: cmd.Bool("each")}
	result := examination{Model: a.name, Part: string(part)}

	if len(notes) > 0 {
		if result.Notes, err = e.notes(ctx, notes); err != nil {
			return verb.Interrupted(ctx, err)
		}
	}

	if len(talks) > 0 {
		if result.Talks, err = e.talks(ctx, talks); err != nil {
			return verb.Interrupted(ctx, err)
		}
	}

	return json.NewEncoder(e.out).Encode(result)
}

// casesOf reads the file that a flag names, if there is one.
func casesOf[T any](cmd *cli.Command, flag string, read func(io.Reader) ([]T, error)) ([]T, error) {
	name := cmd.String(flag)
	if name == "" {
		return nil, nil
	}

	f, err := os.Open(name)
	if err != nil {
		return nil, verb.UsageError("--%s: %w", flag, err)
	}
	defer f.Close()

	all, err := read(f)
	if err != nil {
		return nil, verb.UsageError("--%s: %s: %w", flag, name, err)
	}

	return all, nil
}

// takes reports whether a case is of the part that is asked for.
func (e examiner) takes(id string) bool { return e.part == "" || exam.PartOf(id) == e.part }

func (e examiner) notes(ctx context.Context, all []exam.Note) (*exam.NotesReport, error) {
	var readings []exam.Reading
	for _, n := range all {
		if !e.takes(n.ID) {
			continue
		}

		r, err := n.Read(ctx, e.agent.operator)
		if err != nil {
			return nil, err
		}

		readings = append(readings, r)
		if e.each {
			fmt.Fprintln(e.out, r)
		}
	}

	report := exam.ReportNotes(readings)
	report.Print(e.out)

	return &report, nil
}

func (e examiner) talks(ctx context.Context, all []exam.Talk) (*exam.TalksReport, error) {
	with := e.agent.talker
	with.Bounds.Step, with.Bounds.Time = unhurried, unhurried
	if e.agent.name == byPolicy {
		with = exam.ByHand()
	}

	var played []*exam.Played
	for _, t := range all {
		if !e.takes(t.ID) {
			continue
		}

		p, err := t.Play(ctx, with)
		if err != nil {
			return nil, err
		}

		played = append(played, p)
		if e.each {
			p.Print(e.out)
		}
	}

	report := exam.ReportTalks(played)
	fmt.Fprintln(e.out)
	report.Print(e.out)

	return &report, nil
}
