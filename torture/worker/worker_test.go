package worker

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// echo listens, and sends back what it is sent.
func echo(t *testing.T) (address string) {
	t.Helper()

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })

	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()

	return l.Addr().String()
}

func dial(t *testing.T, n *network, address string) net.Conn {
	t.Helper()

	c, err := n.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })

	return c
}

// say sends a word, and returns what comes back.
func say(c net.Conn, word string) (string, error) {
	if _, err := io.WriteString(c, word); err != nil {
		return "", err
	}
	b := make([]byte, len(word))
	_, err := io.ReadFull(c, b)
	return string(b), err
}

// What a network has swallowed arrives when it is mended. Until then a deadline ends what waits for it.
func TestNetworkSwallows(t *testing.T) {
	n := newNetwork()
	c := dial(t, n, echo(t))
	if got, err := say(c, "before"); got != "before" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}

	n.swallow()
	_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if got, err := say(c, "within"); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a network that swallows everything answers %q, %v", got, err)
	}

	n.mend()
	_ = c.SetReadDeadline(time.Time{})
	b := make([]byte, len("within"))
	if _, err := io.ReadFull(c, b); string(b) != "within" || err != nil {
		t.Errorf("after it was mended: %q, %v", b, err)
	}
}

// A cut breaks the connections that there are, and no later one.
func TestNetworkIsCut(t *testing.T) {
	n, address := newNetwork(), echo(t)
	c := dial(t, n, address)
	if _, err := say(c, "before"); err != nil {
		t.Fatal(err)
	}

	n.cut()
	if got, err := say(c, "after"); err == nil {
		t.Errorf("a connection that was cut answers %q", got)
	}

	if got, err := say(dial(t, n, address), "anew"); got != "anew" || err != nil {
		t.Errorf("a connection since then: %q, %v", got, err)
	}
}

// A command has the process die at the nth passing of a phase, of any stage, and a later one takes that back.
func TestCrash(t *testing.T) {
	died := 0
	c := &crash{die: func() { died++ }}
	pass := func(phase string) int {
		if err := c.pass("t1.accounts", phase); err != nil {
			t.Fatal(err)
		}
		return died
	}

	obey(strings.NewReader("crash 2 before commit\n"), newNetwork(), c)
	if pass("before commit") != 0 || pass("after commit") != 0 {
		t.Error("it died before the second passing")
	}

	if pass("before commit") != 1 {
		t.Error("it did not die at the second passing")
	}

	obey(strings.NewReader("calm\n"), newNetwork(), c)
	if pass("before commit") != 1 {
		t.Error("it died although it was told not to")
	}
}
