package devkafka_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
	"github.com/slipstream-go/slipstream/verb"
)

const (
	steps  topology.Topic[string, int] = "steps"
	totals topology.Table[string, int] = "totals"
)

// counter is a program with the verbs of this package.
func counter() verb.Program {
	t := topology.New("counter")
	topology.Fold(totals, topology.From(t, steps), func(row, n int) int { return row + n })
	return verb.Program{
		Name:       "counter",
		Topologies: []*topology.Topology{t},
		Verbs:      []verb.Verb{devkafka.Verb, devkafka.BrokerVerb},
	}
}

// run runs a command line to its end.
func run(t *testing.T, line string) (status int, out string) {
	t.Helper()
	var b bytes.Buffer
	status = counter().Run(t.Context(), strings.Fields("counter "+line), strings.NewReader(""), &b, &b)
	return status, b.String()
}

// background runs a command line until stop is called, which returns its status. It returns once the command
// has printed a text.
func background(t *testing.T, line, text string) (stop func() int) {
	t.Helper()

	ctx, cancel := context.WithCancel(context.Background())
	out := &output{text: text, seen: make(chan struct{})}
	ended := make(chan int, 1)
	go func() { ended <- counter().Run(ctx, strings.Fields("counter "+line), strings.NewReader(""), out, out) }()
	t.Cleanup(cancel)

	select {
	case <-out.seen:
	case status := <-ended:
		t.Fatalf("%s ended with %d: %s", line, status, &out.b)
	case <-time.After(time.Minute):
		t.Fatalf("%s has not printed %q", line, text)
	}

	return func() int {
		cancel()
		return <-ended
	}
}

// An output tells when a text is in it.
type output struct {
	mu   sync.Mutex
	b    bytes.Buffer
	text string
	seen chan struct{}
	told bool
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.b.Write(p)

	if !o.told && strings.Contains(o.b.String(), o.text) {
		o.told = true
		close(o.seen)
	}
	return len(p), nil
}

// answers waits until a command answers so: the store that is queried takes in rows after their commit.
func answers(t *testing.T, line, want string) {
	t.Helper()

	out := ""
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if _, out = run(t, line); strings.HasPrefix(out, want) {
			return
		}
	}
	t.Errorf("%s gave %s, want %s", line, out, want)
}

// One process has a broker and a worker, which other commands find; a folder keeps both for the next one.
func TestDev(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	dir := t.TempDir()
	for _, want := range []string{"7\nversion 1", "14\nversion 2"} {
		stop := background(t, "dev --listen 127.0.0.1:0 --dir "+dir, "ready: broker 127.0.0.1:")
		if status, out := run(t, "send steps ann 7"); status != verb.StatusOK {
			t.Fatalf("send: %d, %s", status, out)
		}
		answers(t, "query totals ann", want)

		if status := stop(); status != verb.StatusOK {
			t.Errorf("an interrupted dev ends with %d", status)
		}
	}
}

// Nobody else on the network can reach a process for development, with a message.
func TestDevOnThisMachineAlone(t *testing.T) {
	status, out := run(t, "dev --listen 0.0.0.0:0")
	if status != verb.StatusUsage || !strings.Contains(out, "--listen: dev answers on this machine alone") {
		t.Errorf("status %d: %s", status, out)
	}
}

// Several processes for development run side by side: the usual port is the first one's.
func TestDevTwice(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	for range 2 {
		stop := background(t, "dev", "ready: broker 127.0.0.1:")
		defer stop()
	}
}

func TestBrokerVerb(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	addr := l.Addr().String()
	if status, out := run(t, "broker --addr "+addr); status != verb.StatusFailed ||
		!strings.Contains(out, addr) {
		t.Errorf("at a port that is taken: status %d: %s", status, out)
	}
	must(t, l.Close())

	broker := background(t, "broker --addr "+addr, addr+"\n")
	worker := background(t, "run --instance one --brokers "+addr, "ready: brokers "+addr)
	for _, stop := range []func() int{worker, broker} {
		if status := stop(); status != verb.StatusOK {
			t.Errorf("an interrupted command ends with %d", status)
		}
	}
}

// A worker that is not told its brokers names the ways to have one for development.
func TestRunWithoutBrokers(t *testing.T) {
	status, out := run(t, "run")
	for _, want := range []string{"--brokers", "SLIPSTREAM_BROKERS", "`counter dev`", "`slipstream broker`"} {
		if status != verb.StatusUsage || !strings.Contains(out, want) {
			t.Errorf("status %d, want %q: %s", status, want, out)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, name := range []string{"dev", "broker"} {
		_, got := run(t, name+" --help")
		topologytest.Golden(t, "testdata/help/"+name+".golden", got)
	}
}
