package concierge

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/llm/index"
)

// What a small model writes instead of calling a tool, or of repeating what it was shown. Replies in other
// languages are not caught: they do no harm, but the customer waits in vain.
var (
	promises = regexp.MustCompile(`(?i)\bI(?:['’]ll| will| have|['’]ve|['’]m| am)\s+(?:(?:now|just|already|going to)\s+)*` +
		`(?:mov|re-?book|chang|book|cancel|refund|add|upgrad|switch|reserv)(?:e|d|l?l?ed|l?l?ing)?\b`)
	rules = regexp.MustCompile(
		`(?i)\b(?:allow(?:ed|s)?|permit(?:s|ted)?|polic(?:y|ies)|prohibit(?:s|ed)?|forbid(?:s|den)?)\b`)
	denials = regexp.MustCompile(`(?i)\bno (?:other |more |alternative )?flights?(?: (?:are|is))?(?: available)?` +
		`(?: for you| tonight| this evening| today| now)*[.!]|` +
		`\bno (?:other |more |alternative )?flights? (?:are |is )?available`)
)

var (
	errPromise = errors.New("words change nothing: call the tool that does it, and code asks the customer for " +
		"their yes; or say only what there is")
	errRule = errors.New("that is a rule, for which you name no passage: look it up with search_policies, and " +
		"put the passage's id in brackets")
	errDenial = errors.New("there are other flights: they stand after Instead in the facts. " +
		"Tell them with their times")
)

// checkRule returns an error if a reply states a rule without citing a passage.
func checkRule(reply string) error {
	if rules.MatchString(reply) && len(index.CitedIDs(reply)) == 0 {
		return errRule
	}
	return nil
}

// checkPromises returns an error if a reply promises something that no tool was called for, or denies what
// the facts show.
func checkPromises(known string, lines []agent.Line, turn int, reply string) error {
	acted := slices.ContainsFunc(lines, func(l agent.Line) bool {
		return l.Turn == turn && l.By == agent.ByDesk
	})
	switch {
	case !acted && promises.MatchString(reply):
		return errPromise
	case strings.Contains(known, "Instead: ") && denials.MatchString(reply):
		return errDenial
	}

	return nil
}
