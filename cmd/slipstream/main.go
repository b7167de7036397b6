// Slipstream asks and feeds the workers of any topology, without containing it: what it must know of a
// topology, a running worker tells. It also runs a broker for development. `slipstream help` lists the
// commands.
package main

import (
	"github.com/slipstream-go/slipstream"
	"github.com/slipstream-go/slipstream/devkafka"
)

func main() { command().Main() }

func command() slipstream.Program {
	return slipstream.Program{
		Name:  "slipstream",
		Usage: "ask and feed the workers of any topology",
		Description: "It finds a worker that runs on this machine by itself, or asks the one that --at\n" +
			"names. To run a topology, make it a program: see package slipstream.",
		Verbs: []slipstream.Verb{devkafka.BrokerVerb},
	}
}
