package concierge

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/slipstream-go/slipstream/llm/agent"
)

// What a reply may not make up: flight numbers, times of day, amounts of money.
var (
	flightNumbers = regexp.MustCompile(`\b[A-Z0-9]{2,3}\s?[0-9]{2,4}\b`)
	times         = regexp.MustCompile(`\b[0-2]?[0-9]:[0-5][0-9]\b`)
	amounts       = regexp.MustCompile(`[$€]\s?[0-9]+(?:[.,][0-9]+)*`)
)

// grounded says which flight, time or price of a reply is in nothing that the model was shown, in this conversation.
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
	shown = plain(shown)
	for _, claims := range []*regexp.Regexp{flightNumbers, times, amounts} {
		for _, claim := range claims.FindAllString(s.Reply, -1) {
			if !strings.Contains(shown, plain(claim)) {
				return fmt.Errorf("%s is neither in the facts nor in a tool's result: say only what is, or look it up", claim)
			}
		}
	}
	return nil
}

// plain is a text in which numbers are written in one way.
func plain(s string) string {
	return strings.NewReplacer(" ", "", "€", "$", "$", "", ".00", "").Replace(strings.ToUpper(s))
}
