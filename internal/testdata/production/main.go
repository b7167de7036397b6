// Command production is a program that doesn't ask for the verb dev: it must not link the embedded broker.
package main

import (
	"github.com/slipstream-go/slipstream"
	"github.com/slipstream-go/slipstream/topology"
)

const (
	Visits topology.Topic[string, int] = "visits"
	Counts topology.Table[string, int] = "counts"
)

func main() {
	t := topology.New("production")
	topology.Fold(Counts, topology.From(t, Visits), func(sum, n int) int { return sum + n })
	slipstream.Main(t)
}
