package verb

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"text/tabwriter"

	"github.com/urfave/cli/v3"
)

// pinned are the modules whose versions matter to the report of a problem.
var pinned = []string{
	"github.com/slipstream-go/slipstream", "github.com/lovoo/goka", "github.com/IBM/sarama",
	"github.com/twmb/franz-go/pkg/kfake",
	"github.com/cockroachdb/pebble/v2", "github.com/ollama/ollama",
}

// Version is the verb that prints the versions of the program and of what it is built on.
func Version(p Program) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the versions of this program and of what it is built on",
		Action: func(_ context.Context, cmd *cli.Command) error {
			if _, err := Arguments(cmd, 0, 0); err != nil {
				return err
			}

			w := tabwriter.NewWriter(cmd.Root().Writer, 0, 8, 2, ' ', 0)
			for _, line := range p.versions() {
				fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
			}
			return w.Flush()
		},
	}
}

func (p Program) versions() (lines [][2]string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{Main: debug.Module{Version: "(unknown)"}}
	}

	lines = append(lines, [2]string{p.Name, info.Main.Version + revision(info)},
		[2]string{"go", runtime.Version()})
	for _, m := range info.Deps {
		if slices.Contains(pinned, m.Path) {
			lines = append(lines, [2]string{m.Path, m.Version})
		}
	}

	return lines
}

// revision is the commit, for a program built within its repository.
func revision(info *debug.BuildInfo) string {
	at := map[string]string{}
	for _, s := range info.Settings {
		at[s.Key] = s.Value
	}

	r := at["vcs.revision"]
	if r == "" {
		return ""
	}

	r = " " + r[:min(12, len(r))]
	if at["vcs.modified"] == "true" {
		r += ", modified"
	}

	return r
}
