package verb

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/topology"
)

// silent is an operator whose model accepts the question and never answers.
type silent struct{ topology.Func[string, string] }

func (silent) Warm(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// A model that never answers delays a worker for a bounded time, and is told; the end of the program ends the
// wait.
func TestWarmUpIsBounded(t *testing.T) {
	declared := topology.New("silent")
	asked := topology.From(declared, topology.Topic[string, string]("asks"))
	topology.Async(asked, "ask", silent{}, topology.Policy[string]{})
	b := Built{Topologies: []*topology.Topology{declared}}

	synctest.Test(t, func(t *testing.T) {
		var warnings bytes.Buffer
		began := time.Now()

		if err := b.warm(t.Context(), &cli.Command{ErrWriter: &warnings}); err != nil {
			t.Error(err)
		}

		if took := time.Since(began); took != warmUpBound {
			t.Errorf("it took %v, want %v", took, warmUpBound)
		}
		if !strings.Contains(warnings.String(), "no answer within 2m0s") {
			t.Errorf("the warning is %q", &warnings)
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		if err := b.warm(ctx, &cli.Command{ErrWriter: &warnings}); !errors.Is(err, ErrStopped) {
			t.Errorf("interrupted: %v, want %v", err, ErrStopped)
		}
	})
}
