package staleness

import (
	"encoding/csv"
	"io"
	"strconv"
)

var csvHeader = []string{
	"view", "seed", "customers", "parties_decided", "answers", "proposals", "refused", "contradicted", "with_people",
	"minutes_given_away", "arrived_in_both", "minutes_later", "never_arrived",
	"lag_reads", "lag_behind", "lag_ms_median", "lag_ms_p99", "lag_events_mean", "lag_events_most",
}

// WriteCSV writes one line for each trial.
func (ts Trials) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	_ = c.Write(csvHeader) // Error returns what went wrong
	for _, t := range ts {
		line := []string{t.View}
		for _, v := range t.numbers() {
			line = append(line, strconv.FormatFloat(v, 'f', -1, 64))
		}
		_ = c.Write(line)
	}
	c.Flush()

	return c.Error()
}

// numbers are the columns of a line after the first.
func (t *Trial) numbers() []float64 {
	r, l := t.Report, t.Lag
	return []float64{
		float64(t.Seed), float64(t.Parties), float64(r.Parties), float64(r.Answers), float64(r.Proposals), float64(r.Refused),
		float64(r.Contradicted), float64(r.Escalated), r.GaveAway,
		float64(t.Cost.Both), t.Cost.Minutes, float64(t.Cost.Never),
		float64(l.Reads), float64(l.Behind), l.MedianMS, l.P99MS, l.Events, float64(l.Most),
	}
}
