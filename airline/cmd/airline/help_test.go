package main

import (
	"path/filepath"
	"testing"

	"github.com/slipstream-go/slipstream/topology/topologytest"
)

func golden(t *testing.T, name, got string) {
	t.Helper()
	topologytest.Golden(t, filepath.Join("testdata", name+".golden"), got)
}

func TestHelp(t *testing.T) {
	golden(t, "help/airline", succeed(t, ""))

	for _, name := range []string{"demo", "chat", "staleness", "eval", "dev", "run", "replay"} {
		golden(t, "help/"+name, succeed(t, "", name, "--help"))
	}
}
