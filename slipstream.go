package slipstream

import (
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/verb"
)

// Main makes a program of a topology: it runs the command line of this process, and exits. Further verbs,
// such as devkafka.Verb, become commands of it. For more than that there is [Program].
func Main(t *topology.Topology, verbs ...Verb) {
	Program{Topologies: []*topology.Topology{t}, Verbs: verbs}.Main()
}

// What programs are made of; package verb has their documentation, and what a verb of your own needs.
type (
	Program = verb.Program // topologies, with the commands to run, feed and question them
	Verb    = verb.Verb    // makes one command
	Built   = verb.Built   // what a worker runs, if it must be built by flags
	Outcome = verb.Outcome // what an answer comes to, in users' words
)
