// Package worker is the process that a round hurts: a worker of package workload, which obeys commands on its
// standard input and ends when that is closed. So no worker outlives its round.
package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/torture/workload"
)

// Settings are one argument of the process, as JSON.
type Settings struct {
	Name        string        `json:"name"` // in the log of calls
	Round       string        `json:"round"`
	Brokers     []string      `json:"brokers"`
	Dir         string        `json:"dir"`
	Instance    string        `json:"instance,omitempty"`
	AtLeastOnce bool          `json:"at_least_once,omitempty"`
	Session     time.Duration `json:"session"`
	Partitions  int           `json:"partitions"`
	Calls       string        `json:"calls"`              // the file that calls are appended to
	Sabotage    string        `json:"sabotage,omitempty"` // see testhook.Sabotage
}

// The exit statuses of the process.
const (
	ExitStopped = 0 // it was told to stop
	ExitUsage   = 2
	ExitFatal   = 3 // processors.FatalError
	ExitFailed  = 4
)

// Lines that the process prints, beside its log.
const (
	LineListens = "LISTENS" // the address of its HTTP queries follows; it may not be ready
	LineReady   = "READY"
	LineCrash   = "CRASH" // the phase follows at which it kills itself
	LineEnded   = "ENDED" // why follows
)

const (
	cachedRows = 40 // few, so that rows are evicted
	stopTime   = 3 * time.Second
)

// Main runs the process.
func Main(settings string) int {
	var s Settings
	if err := json.Unmarshal([]byte(settings), &s); err != nil {
		fmt.Println(LineEnded, err)
		return ExitUsage
	}

	if err := run(s); err != nil {
		fmt.Println(LineEnded, err)
		return status(err)
	}

	return ExitStopped
}

func status(err error) int {
	if fatal := new(processors.FatalError); errors.As(err, &fatal) {
		return ExitFatal
	}
	return ExitFailed
}

func run(s Settings) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()

	if err := testhook.Sabotage(s.Sabotage); err != nil {
		return err
	}

	calls, err := os.OpenFile(s.Calls, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer calls.Close()

	address, err := freeAddress()
	if err != nil {
		return err
	}
	fmt.Println(LineListens, address)

	wire := newNetwork()
	judge := workload.NewJudge(s.Name, calls)
	w, err := processors.NewWorker(s.config(wire, address), workload.Declare(s.Round, judge))
	if err != nil {
		return err
	}

	c := &crash{die: killSelf}
	testhook.OnPhase(w, c.pass)
	go func() {
		obey(os.Stdin, wire, c)
		killSelf()
	}()

	go func() {
		<-w.Ready()
		fmt.Println(LineReady)
	}()

	return w.Run(ctx)
}

// freeAddress returns one that nothing listens on. A worker is asked why it is not ready before it is, so its
// address must be known from the start.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func (s Settings) config(wire *network, address string) processors.Config {
	c := processors.Config{
		Brokers:        s.Brokers,
		Dir:            s.Dir,
		Listen:         address,
		Instance:       s.Instance,
		Partitions:     s.Partitions,
		CommitEvery:    10 * time.Millisecond,
		SessionTimeout: s.Session,
		StopTimeout:    stopTime,
		CachedRows:     cachedRows,
		Dialer:         wire,
		Logger:         slog.New(slog.NewTextHandler(os.Stdout, nil)),
	}
	if s.AtLeastOnce {
		c.Guarantee = processors.AtLeastOnce
	}

	return c
}

// Commands of a round, one a line.
const (
	CommandCut   = "cut"   // all connections break
	CommandHole  = "hole"  // the network swallows everything, until it is mended
	CommandMend  = "mend"  // what was swallowed arrives, late
	CommandCrash = "crash" // NUMBER PHASE: kill -9 of itself at the nth passing of a phase
	CommandCalm  = "calm"  // no crash any more
)

// obey runs commands until in is closed.
func obey(in io.Reader, wire *network, c *crash) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case CommandCut:
			wire.cut()
		case CommandHole:
			wire.swallow()
		case CommandMend:
			wire.mend()
		case CommandCrash:
			number, phase, _ := strings.Cut(rest, " ")
			n, _ := strconv.Atoi(number)
			c.arm(phase, n)
		case CommandCalm:
			c.arm("", 0)
		}
	}
}

// killSelf does not return. Nothing of the process runs on.
func killSelf() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
