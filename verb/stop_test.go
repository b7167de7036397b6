package verb_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/verb"
)

// deaf is a server that accepts connections and answers nothing. connected has each of them.
func deaf(t *testing.T) (addr string, connected <-chan net.Conn) {
	t.Helper()

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })

	all := make(chan net.Conn)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })

			select {
			case all <- c:
			case <-t.Context().Done():
				return
			}
		}
	}()

	return l.Addr().String(), all
}

// A command that waits for silent brokers, or for a silent worker, ends at the first interrupt, with one
// status.
func TestInterruptedWhileTheOtherSideIsSilent(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	for _, line := range []string{
		"send orders ann {} --brokers ADDR",
		"tail orders --brokers ADDR",
		"tail orders --stop --brokers ADDR",
		"explain ann --brokers ADDR",
		"dead-letters list --brokers ADDR",
		"replay --brokers ADDR",
		"run --brokers ADDR",
		"query --at ADDR",
		"query totals ann --at ADDR",
	} {
		addr, connected := deaf(t)
		c := start(t, strings.Fields(strings.ReplaceAll(line, "ADDR", addr))...)
		<-connected

		if s := c.end(); s != verb.StatusStopped || c.errs.text() != "" {
			t.Errorf("%s: status %d, want %d: %s", line, s, verb.StatusStopped, c.errs.text())
		}
	}
}

// A send that waits for its standard input ends at the first interrupt.
func TestSendIsInterruptedAtItsInput(t *testing.T) {
	open(t)
	in, terminal := io.Pipe()
	asked := &asking{in, make(chan struct{}, 1)}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	line := []string{"shop", "send", "orders"}
	go func() { ended <- shop().Run(ctx, line, asked, io.Discard, io.Discard) }()

	<-asked.asked
	stop()

	if s := <-ended; s != verb.StatusStopped {
		t.Errorf("status %d, want %d", s, verb.StatusStopped)
	}
	_ = terminal.Close()
}

// asking is a reader that tells when it is asked.
type asking struct {
	io.Reader
	asked chan struct{}
}

func (a *asking) Read(b []byte) (int, error) {
	a.asked <- struct{}{}
	return a.Reader.Read(b)
}

// A model takes minutes to load. What keeps a worker from starting anyway is told before.
func TestRunChecksBeforeItBuilds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	_ = l.Close()

	p := shop()
	p.Build = func(context.Context, *cli.Command) (verb.Built, error) {
		t.Error("the models were built before the brokers were asked")
		return verb.Built{Topologies: p.Topologies}, nil
	}

	s, _, errs := runOf(t, p, "", "run", "--brokers", nobody)
	if s != verb.StatusFailed || !strings.Contains(errs, nobody) {
		t.Errorf("status %d: %s", s, errs)
	}
}
