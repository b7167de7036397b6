package round

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
)

// A Cluster is what workers connect to.
type Cluster interface {
	// Name tells which kind it is.
	Name() string
	// Brokers returns the addresses of brokers, host:port.
	Brokers() ([]string, error)
	// IsKept reports whether the cluster outlives a round, so that its topics must be deleted.
	IsKept() bool
	// CanRestart reports whether Restart works.
	CanRestart() bool
	// Restart ends a broker, in a way that is drawn, and starts it again. It returns what it did.
	Restart(ctx context.Context, rng *rand.Rand) (what string, err error)
	// Close ends the cluster, if it is the caller's.
	Close() error
}

// Embedded is the broker for development, in a process of its own. It must not be killed: its transactions
// are not atomic over its own crash.
type Embedded struct {
	cmd     *exec.Cmd
	stdin   io.Closer
	address string
}

// StartEmbedded starts one, which ends with this process at the latest.
func StartEmbedded() (*Embedded, error) {
	e := &Embedded{cmd: exec.Command(os.Args[0], "broker")}
	e.cmd.Stderr = os.Stderr

	stdin, err := e.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	e.stdin = stdin

	stdout, err := e.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}

	if err := e.cmd.Start(); err != nil {
		return nil, err
	}

	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the embedded broker has not started: %w", err)
	}
	e.address = strings.TrimSpace(line)

	return e, nil
}

// Name implements Cluster.
func (e *Embedded) Name() string { return "embedded" }

// Brokers implements Cluster.
func (e *Embedded) Brokers() ([]string, error) { return []string{e.address}, nil }

// IsKept implements Cluster.
func (e *Embedded) IsKept() bool { return false }

// CanRestart implements Cluster.
func (e *Embedded) CanRestart() bool { return false }

// Restart implements Cluster.
func (e *Embedded) Restart(context.Context, *rand.Rand) (string, error) { return "nothing", nil }

// Close implements Cluster.
func (e *Embedded) Close() error {
	_ = e.stdin.Close()
	return e.cmd.Wait()
}

// Elsewhere is a cluster that somebody else runs.
type Elsewhere []string

// Name implements Cluster.
func (Elsewhere) Name() string { return "Kafka" }

// Brokers implements Cluster.
func (e Elsewhere) Brokers() ([]string, error) { return e, nil }

// IsKept implements Cluster.
func (Elsewhere) IsKept() bool { return true }

// CanRestart implements Cluster.
func (Elsewhere) CanRestart() bool { return false }

// Restart implements Cluster.
func (Elsewhere) Restart(context.Context, *rand.Rand) (string, error) { return "nothing", nil }

// Close implements Cluster.
func (Elsewhere) Close() error { return nil }
