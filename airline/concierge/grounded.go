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
	amounts       = regexp.MustCompile(`(?i)[$€]\s?([0-9][0-9.,]*)|\b([0-9][0-9.,]*)\s?(?:[$€]|dollars?\b|usd\b)`)
	fields        = regexp.MustCompile(`"(?:price|amount|total|basic_economy|economy|business)":\s?([0-9.]+)|"([0-9.]+)"`) // of results, or all of one
)

// grounded says which flight, seat, time or price of a reply is in nothing that the model was shown, in this conversation.
func grounded(ctx context.Context, c kase, s agent.Step) error {
	if s.Reply == "" {
		return nil
	}
	shown, err := facts(ctx, c)
	if err != nil {
		return err
	}
	for _, l := range c.Talk().Lines {
		shown += "\n" + l.Text
		if l.Done != nil {
			shown += "\n" + string(l.Done.Result) + l.Done.Error
		}
	}
	if claim := invented(s.Reply, shown); claim != "" {
		return fmt.Errorf("%s is neither in the facts nor in a tool's result: say only what is, or look it up", claim)
	}
	return nil
}

// invented is the first claim of a reply that is not in what was shown, or "".
func invented(reply, shown string) string {
	for _, kind := range []struct{ claimed, had map[string]string }{
		{namesIn(reply), namesIn(shown)},
		{timesIn(reply), timesIn(shown)},
		{sums(amounts, reply), with(sums(amounts, shown), sums(fields, shown))},
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
	for _, of := range []*regexp.Regexp{flightNumbers, seatNumbers} {
		for _, as := range of.FindAllString(s, -1) {
			all[strings.NewReplacer(" ", "", "-", "").Replace(as)] = as
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

// figure is a number in one way of writing: without separators of thousands, and without cents if there are none.
func figure(s string) string {
	s = strings.Trim(s, ".,")
	if i := strings.LastIndexAny(s, ".,"); i >= 0 && len(s)-i == 3 {
		s = s[:i] + "/" + s[i+1:]
	}
	s = strings.NewReplacer(".", "", ",", "", "/", ".").Replace(s)
	return strings.TrimSuffix(s, ".00")
}
