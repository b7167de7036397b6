package verb_test

import (
	"bytes"
	"context"
	"github.com/slipstream-go/slipstream/verb"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "slipstream-test")
	if err != nil {
		panic(err)
	}

	for _, name := range os.Environ() { // the tests have settings of their own
		name, _, _ := strings.Cut(name, "=")
		if strings.HasPrefix(name, "SLIPSTREAM_") && !strings.HasPrefix(name, "SLIPSTREAM_TEST") {
			os.Unsetenv(name)
		}
	}
	os.Setenv("SLIPSTREAM_CACHE", dir)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// A console is one command line, and what it has printed.
type console struct {
	t      *testing.T
	args   []string
	out    output
	errs   output
	stop   context.CancelFunc
	status chan int
}

// waiting bounds what a test waits for.
const waiting = 3 * time.Minute

// start runs a command line of a shop in this process, until it ends or the test does.
func start(t *testing.T, args ...string) *console {
	t.Helper()
	return startOf(t, shop(), args...)
}

// startOf is start for another program.
func startOf(t *testing.T, p verb.Program, args ...string) *console {
	t.Helper()

	ctx, stop := context.WithCancel(context.Background())
	c := &console{t: t, args: args, stop: stop, status: make(chan int, 1)}
	go func() {
		c.status <- p.Run(ctx, append([]string{"shop"}, args...), strings.NewReader(""), &c.out, &c.errs)
	}()
	t.Cleanup(func() { stop() })
	return c
}

// end stops the command, and returns its exit status.
func (c *console) end() int {
	c.t.Helper()
	c.stop()
	return c.wait()
}

func (c *console) wait() int {
	c.t.Helper()

	select {
	case s := <-c.status:
		return s
	case <-time.After(waiting):
		c.t.Fatalf("%v does not end; it has printed:\n%s%s", c.args, c.out.text(), c.errs.text())
		return -1
	}
}

// until waits until the command has printed a text, and returns all that it has.
func (c *console) until(text string) string {
	c.t.Helper()

	deadline := time.After(waiting)
	for {
		so, more := c.out.read()
		if strings.Contains(so, text) {
			return so
		}

		select {
		case <-more:
		case s := <-c.status:
			c.t.Fatalf("%v ended with %d before it printed %q:\n%s%s", c.args, s, text, c.out.text(),
				c.errs.text())
		case <-deadline:
			c.t.Fatalf("%v has not printed %q:\n%s%s", c.args, text, so, c.errs.text())
		}
	}
}

// run runs a command line of a shop to its end.
func run(t *testing.T, in string, args ...string) (status int, out, errs string) {
	t.Helper()
	return runOf(t, shop(), in, args...)
}

// runOf is run for another program.
func runOf(t *testing.T, p verb.Program, in string, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e output

	ctx, stop := context.WithTimeout(t.Context(), waiting)
	defer stop()
	status = p.Run(ctx, append([]string{"shop"}, args...), strings.NewReader(in), &o, &e)
	return status, o.text(), e.text()
}

// succeed is run of what must not fail.
func succeed(t *testing.T, in string, args ...string) (out string) {
	t.Helper()

	status, out, errs := run(t, in, args...)
	if status != verb.StatusOK {
		t.Fatalf("%v: status %d\n%s%s", args, status, out, errs)
	}
	return out
}

// An output is what a command prints, while it does.
type output struct {
	mu   sync.Mutex
	b    bytes.Buffer
	more chan struct{} // closed at the next write
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if o.more != nil {
		close(o.more)
		o.more = nil
	}
	return o.b.Write(p)
}

func (o *output) read() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()

	if o.more == nil {
		o.more = make(chan struct{})
	}
	return o.b.String(), o.more
}

func (o *output) text() string {
	so, _ := o.read()
	return so
}
