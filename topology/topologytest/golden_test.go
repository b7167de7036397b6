package topologytest_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// A stopped test keeps what it failed with.
type stopped struct {
	testing.TB
	said string
}

func (s *stopped) Helper() {}
func (s *stopped) Fatalf(_ string, args ...any) {
	s.said = args[len(args)-1].(string)
	runtime.Goexit()
}

// A topology with mistakes has no printout: the test fails, and the golden file is not written.
func TestMistakesAreNoGoldenFile(t *testing.T) {
	t.Setenv(topologytest.UpdateEnv, "1")

	file := filepath.Join(t.TempDir(), "wrong.golden")
	wrong := topology.New("wrong")
	topology.From(wrong, topology.Topic[string, string]("in")).To("out put")

	s := &stopped{}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		topologytest.Golden(s, file, wrong.Describe())
	}()
	<-ended

	if !strings.Contains(s.said, `topic "out put": a name has`) {
		t.Errorf("said %q", s.said)
	}

	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file is there: %v", err)
	}
}
