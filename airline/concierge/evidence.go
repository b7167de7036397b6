package concierge

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/llm/agent"
)

// What a reply must not make up. A time may be on a 12-hour clock; an amount may stand before or after its
// currency.
var (
	flightNumbers = regexp.MustCompile(`\b(?:[A-Z]{2,3}|[A-Z][0-9]|[0-9][A-Z])[ -]?[0-9]{1,4}\b`)
	seatNumbers   = regexp.MustCompile(`\b[1-9][0-9]?[A-F]\b`)
	times         = regexp.MustCompile(
		`(?i)\b([0-2]?[0-9]):([0-5][0-9])(?:\s?([ap])\.?m\b)?|\b([0-2]?[0-9])\s?([ap])\.?m\b`)
	dates = regexp.MustCompile(
		`(?i)\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b`)
	amounts = regexp.MustCompile(
		`(?i)[$€]\s?([0-9]+(?:[.,][0-9]+)*)|\b([0-9]+(?:[.,][0-9]+)*)\s?(?:[$€]|dollars?\b|usd\b)`)

	// fields finds amounts in the JSON of results, or in a result that is nothing else.
	fields = regexp.MustCompile(
		`"(?:price|amount|total|basic_economy|economy|business)":\s?([0-9.]+)|"([0-9.]+)"`)
)

// checkEvidence returns an error that names a flight, seat, day, time or price of a reply that nothing in
// this conversation has shown to the model.
func checkEvidence(ctx context.Context, c stepCase, s agent.Step) error {
	if s.Reply == "" {
		return nil
	}

	known, err := facts(ctx, c)
	if err != nil {
		return err
	}

	if claim := evidenceOf(known, c.Talk().Lines).lacks(s.Reply); claim != "" {
		return fmt.Errorf("%s is neither in the facts nor in a tool's result: say only what is, or look it up", claim)
	}

	return checkPromises(known, c.Talk().Lines, c.Turn.Turn, s.Reply)
}

// evidence is what the model was shown.
type evidence struct {
	all     string
	prices  string // without what customers wrote and what they are called: neither is evidence of a price
	results string // of tools, as JSON
}

func evidenceOf(known string, lines []agent.Line) (e evidence) {
	for line := range strings.SplitSeq(known, "\n") {
		if !strings.HasPrefix(line, theCustomer) {
			e.prices += line + "\n"
		}
	}

	e.all = e.prices
	for _, l := range lines {
		e.all += l.Text + "\n"
		if l.By != agent.ByCustomer {
			e.prices += l.Text + "\n"
		}

		if l.Call == nil {
			continue
		}

		result := string(l.Call.Result) + l.Call.Error + "\n"
		e.all, e.results = e.all+result, e.results+result
		if l.Call.Tool == SearchPolicies {
			e.prices += result
		}
	}

	return e
}

// lacks returns a claim of a reply for which there is no evidence, or "".
func (e evidence) lacks(reply string) string {
	shownSums := sums(amounts, e.prices)
	maps.Copy(shownSums, sums(fields, e.results))

	for _, kind := range []struct{ claimed, shown map[string]string }{
		{namesIn(reply), namesIn(e.all)},
		{timesIn(reply), timesIn(e.all)},
		{sums(amounts, reply), shownSums},
	} {
		for _, claim := range slices.Sorted(maps.Keys(kind.claimed)) {
			written := kind.claimed[claim]
			_, shown := kind.shown[claim]
			_, shownPM := kind.shown[afternoon(claim, written)]
			if !shown && !shownPM {
				return written
			}
		}
	}

	return ""
}

// afternoon returns the other time that one can mean which is written as barely as "7:30", or "".
func afternoon(claim, written string) string {
	t, err := time.Parse("15:04", claim)
	if err != nil || len(written) != len("7:30") || written[1] != ':' {
		return ""
	}
	return t.Add(12 * time.Hour).Format("15:04")
}

// namesIn returns the flights, seats and days of a text, each with how it is written there.
func namesIn(s string) map[string]string {
	all := map[string]string{}
	compact := strings.NewReplacer(" ", "", "-", "")
	for _, pattern := range []*regexp.Regexp{flightNumbers, seatNumbers, dates} {
		for _, written := range pattern.FindAllString(s, -1) {
			all[compact.Replace(strings.ToUpper(written))] = written
		}
	}
	return all
}

// timesIn returns the times of day of a text as HH:MM, each with how it is written there. Without am or pm,
// the hour is taken as it is.
func timesIn(s string) map[string]string {
	all := map[string]string{}
	for _, m := range times.FindAllStringSubmatch(s, -1) {
		hour := m[1] + m[4]

		half := strings.ToLower(m[3] + m[5])
		h, _ := strconv.Atoi(hour) // of digits
		if half != "" {
			h %= 12
		}

		if half == "p" {
			h += 12
		}
		all[fmt.Sprintf("%02d:%s", h, cmp.Or(m[2], "00"))] = m[0]
	}

	return all
}

// sums returns the amounts of money that a pattern finds, each with how it is written.
func sums(pattern *regexp.Regexp, s string) map[string]string {
	all := map[string]string{}
	for _, m := range pattern.FindAllStringSubmatch(s, -1) {
		all[canonicalAmount(m[1]+m[2])] = m[0]
	}
	return all
}

// canonicalAmount writes a number without separators of thousands, and with cents only if there are any.
func canonicalAmount(s string) string {
	cents := ""
	if i := strings.LastIndexAny(s, ".,"); i >= 0 && len(s)-i <= len(".00") {
		s, cents = s[:i], (s[i+1:] + "0")[:2]
	}

	s = strings.NewReplacer(".", "", ",", "").Replace(s)
	if strings.Trim(cents, "0") != "" {
		s += "." + cents
	}

	return s
}
