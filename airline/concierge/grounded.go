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

// What a reply may not make up. A time may be of twelve hours, and an amount before or behind its currency.
var (
	flightNumbers = regexp.MustCompile(`\b(?:[A-Z]{2,3}|[A-Z][0-9]|[0-9][A-Z])[ -]?[0-9]{1,4}\b`)
	seatNumbers   = regexp.MustCompile(`\b[1-9][0-9]?[A-F]\b`)
	times         = regexp.MustCompile(`(?i)\b([0-2]?[0-9]):([0-5][0-9])(?:\s?([ap])\.?m\b)?|\b([0-2]?[0-9])\s?([ap])\.?m\b`)
	dates         = regexp.MustCompile(`(?i)\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b`)
	amounts       = regexp.MustCompile(`(?i)[$€]\s?([0-9]+(?:[.,][0-9]+)*)|\b([0-9]+(?:[.,][0-9]+)*)\s?(?:[$€]|dollars?\b|usd\b)`)
	fields        = regexp.MustCompile(`"(?:price|amount|total|basic_economy|economy|business)":\s?([0-9.]+)|"([0-9.]+)"`) // of results, or all of one
)

// grounded says which flight, seat, day, time or price of a reply is in nothing that the model was shown, in this conversation.
func grounded(ctx context.Context, c stepCase, s agent.Step) error {
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
	return honest(known, c.Talk().Lines, c.Turn.Turn, s.Reply)
}

// evidence is what was shown: all of it; what may tell a price, which customers and names may not; and the JSON that does.
type evidence struct{ all, prices, results string }

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
		if l.Done == nil {
			continue
		}
		result := string(l.Done.Result) + l.Done.Error + "\n"
		e.all, e.results = e.all+result, e.results+result
		if l.Done.Tool == SearchPolicies {
			e.prices += result
		}
	}
	return e
}

// lacks is a claim of a reply for which there is no evidence, or "".
func (e evidence) lacks(reply string) string {
	for _, kind := range []struct{ claimed, had map[string]string }{
		{namesIn(reply), namesIn(e.all)},
		{timesIn(reply), timesIn(e.all)},
		{sums(amounts, reply), with(sums(amounts, e.prices), sums(fields, e.results))},
	} {
		for _, is := range slices.Sorted(maps.Keys(kind.claimed)) {
			_, ok := kind.had[is]
			if _, also := kind.had[evening(is, kind.claimed[is])]; !ok && !also {
				return kind.claimed[is]
			}
		}
	}
	return ""
}

func with(all, more map[string]string) map[string]string {
	maps.Copy(all, more)
	return all
}

// evening is the other time that one as bare as "7:30" can mean.
func evening(is, as string) string {
	t, err := time.Parse("15:04", is)
	if err != nil || len(as) != len("7:30") || as[1] != ':' {
		return ""
	}
	return t.Add(12 * time.Hour).Format("15:04")
}

// namesIn are flights and seats, each with how it was written.
func namesIn(s string) map[string]string {
	all := map[string]string{}
	for _, of := range []*regexp.Regexp{flightNumbers, seatNumbers, dates} {
		for _, as := range of.FindAllString(s, -1) {
			all[strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(as))] = as
		}
	}
	return all
}

// timesIn are times of day as HH:MM. One that may be of either half of the day is as it was written.
func timesIn(s string) map[string]string {
	all := map[string]string{}
	for _, m := range times.FindAllStringSubmatch(s, -1) {
		hour, half := m[1]+m[4], strings.ToLower(m[3]+m[5])
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

// sums are amounts of money.
func sums(of *regexp.Regexp, s string) map[string]string {
	all := map[string]string{}
	for _, m := range of.FindAllStringSubmatch(s, -1) {
		all[figure(m[1]+m[2])] = m[0]
	}
	return all
}

// figure is a number in one way of writing: without separators of thousands, with cents only if there are some.
func figure(s string) string {
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
