package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// write puts figure and runs into a folder, if there is to be one.
func (ts trials) write(folder string) error {
	if folder == "" {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return errors.Join(writeFile(filepath.Join(folder, "staleness.svg"), ts.figure), writeFile(filepath.Join(folder, "staleness.csv"), ts.csv))
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return errors.Join(write(f), f.Close())
}

// csv writes one line a trial.
func (ts trials) csv(w io.Writer) error {
	c := csv.NewWriter(w)
	_ = c.Write([]string{"view", "seed", "customers", "parties_decided", "answers", "proposals", "refused", "contradicted", "with_people",
		"minutes_given_away", "arrived_in_both", "minutes_later", "never_arrived", "lag_reads", "lag_behind", "lag_ms_median", "lag_ms_p99", "lag_events_mean", "lag_events_most"})
	for _, t := range ts {
		line := []string{t.View}
		for _, v := range []float64{float64(t.Seed), float64(t.Customers), float64(t.Report.Parties), float64(t.Report.Answers), float64(t.Report.Proposals),
			float64(t.Report.Refused), float64(t.Report.Contradicted), float64(t.Report.Escalated), t.Report.GaveAway, float64(t.Cost.Both), t.Cost.Minutes, float64(t.Cost.Never),
			float64(t.Lag.Reads), float64(t.Lag.Behind), t.Lag.Median, t.Lag.P99, t.Lag.Events, float64(t.Lag.Most)} {
			line = append(line, strconv.FormatFloat(v, 'f', -1, 64))
		}
		_ = c.Write(line)
	}
	c.Flush()
	return c.Error()
}
