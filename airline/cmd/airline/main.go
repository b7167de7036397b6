// Airline looks after an airline's customers on a bad day: the program of its topology, with a day to see it
// at work, an agent to talk with, and what measures both. `airline help` lists the commands; each of its own
// is in a file called like it.
package main

import (
	"errors"

	"github.com/slipstream-go/slipstream"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/verb"
)

func main() { command().Main() }

// command is the airline's program. Its topology is declared with a model that is not asked; build brings the
// one that is.
func command() slipstream.Program {
	return slipstream.Program{
		Name:  "airline",
		Usage: "an airline's assistant on a bad day, on Slipstream",
		Description: "Start with `airline demo`: a winter storm at three airports becomes a stream of decisions.\n" +
			"While it runs, `chat`, `query`, `tail` and `send` find it by themselves.",
		Topologies:  declared().topologies(),
		Build:       build,
		Flags:       modelFlags,
		ReplayFlags: promptFlags,
		Line:        sentence,
		Outcome:     outcome,
		Verbs: []slipstream.Verb{demoVerb, chatVerb, stalenessVerb, evalVerb, devkafka.Verb,
			devkafka.BrokerVerb},
	}
}

// errViolated ends the process with a status of its own.
var errViolated = verb.Exit(exitViolated, errors.New("an invariant does not hold"))

const exitViolated = 3
