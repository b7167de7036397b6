package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
	"github.com/slipstream-go/slipstream/verb"
)

func TestMain(m *testing.M) {
	for _, name := range os.Environ() { // the tests have settings of their own
		name, _, _ := strings.Cut(name, "=")
		if strings.HasPrefix(name, "SLIPSTREAM_") && !strings.HasPrefix(name, "SLIPSTREAM_TEST") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// run runs a command line to its end.
func run(t *testing.T, args ...string) (status int, out string) {
	t.Helper()
	var b bytes.Buffer
	status = command().Run(t.Context(), append([]string{"slipstream"}, args...), strings.NewReader(""), &b,
		&b)
	return status, b.String()
}

func TestHelp(t *testing.T) {
	_, got := run(t)
	topologytest.Golden(t, "testdata/help.golden", got)
}

const (
	sailings topology.Topic[string, int] = "sailings"
	fares    topology.Topic[string, int] = "fares"
	boats    topology.Table[string, int] = "boats"
)

// ferry runs a worker of a topology that the tool does not contain, and returns the address of its queries.
func ferry(t *testing.T) string {
	t.Helper()
	d := topology.New("ferry")
	sailed := topology.Fold(boats, topology.From(d, sailings), func(row, n int) int { return row + n })
	fare := func(_ context.Context, n int) (int, error) { return 10 * n, nil }
	asked, _ := topology.Async(sailed, "fare", topology.Func[int, int](fare),
		topology.Policy[int]{Record: true})
	asked.To(fares)

	b, err := devkafka.Start(devkafka.Config{})
	if err != nil {
		t.Fatal(err)
	}

	w, err := processors.NewWorker(processors.Config{Brokers: []string{b.Addr()}, Listen: "127.0.0.1:0",
		Instance: "one"}, d)
	if err != nil {
		t.Fatal(err)
	}

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()

		if err := errors.Join(<-ended, b.Close()); err != nil {
			t.Error(err)
		}
	})

	select {
	case <-w.Ready():
		return w.Address()
	case err := <-ended:
		t.Fatal(err)
		return ""
	}
}

// A tool knows no topology: a worker that runs somewhere, and is announced nowhere, tells it what it must
// know.
func TestAnyTopology(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	at := ferry(t)
	for _, c := range []struct{ line, want string }{
		{"describe", "stage ferry.boats\n"},
		{"describe --format mermaid", `["table boats, asks fare"]`},
		{"query", "boats\n"},
		{"send sailings b-1 3", "1 sent to sailings"},
		{"send sailings b-1 --raw far", "1 sent to sailings"},
		{"tail fares --from beginning -n 1", "b-1  30"},
		{"tail ferry.dead-letters --from beginning -n 1", "b-1  far"},
		{"explain b-1", "decided by     fare, for b-1"},
		{"dead-letters list", "b-1  cannot be decoded as int"},
	} {
		status, out := run(t, append(strings.Fields(c.line), "--at", at)...)
		if status != verb.StatusOK || !strings.Contains(out, c.want) {
			t.Errorf("%s: status %d, want %q:\n%s", c.line, status, c.want, out)
		}
	}
}

func TestNoTopologyOfItsOwn(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	for line, want := range map[string]string{
		"run":               "slipstream contains no topology to run: make yours a program",
		"describe":          "nothing is running: start a worker in another terminal, or name --at HOST:PORT",
		"query --at nosuch": "--at: nosuch is neither",
	} {
		if status, out := run(t, strings.Fields(line)...); status == verb.StatusOK ||
			!strings.Contains(out, want) {
			t.Errorf("%s: status %d, want %q:\n%s", line, status, want, out)
		}
	}
}
