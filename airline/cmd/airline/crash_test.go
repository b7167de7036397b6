package main

import (
	"context"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/slipstream-go/slipstream/verb"

	"github.com/slipstream-go/slipstream/airline/simulate"
	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/processors"
)

// crashEnv makes TestWorkersKilled long: so many kills, in the whole day with more customers. `make
// test-crash` sets it.
const crashEnv = "SLIPSTREAM_TEST_CRASH"

// Workers are killed with -9 while a day goes by, and started again; the broker is a process of its own.
// Nothing is lost or doubled: the audit reads it off the topics.
func TestWorkersKilled(t *testing.T) {
	kills, data, customers := 3, boston, 150
	if n, err := strconv.Atoi(os.Getenv(crashEnv)); err == nil {
		kills, data, customers = n, "", 2000
	}

	broker := program(t, "broker", "--addr", "127.0.0.1:0", "--dir", t.TempDir())
	addr := broker.line()
	dir := t.TempDir()
	var workers [2]*process
	for i := range workers {
		workers[i] = worker(t, addr, dir, i)
	}

	for _, w := range workers {
		w.until("ready: ")
	}

	driver := start(t, "demo", "--no-worker", "--brokers", addr, "--model", "policy", "--json", "--open",
		"32", "--data", data, "--customers", strconv.Itoa(customers))
	sent, total := follower(t, addr, string(vocab.FlightEvents)), flightEvents(t, data, customers)
	for i := range kills {
		for range total / (kills + 1) {
			sent()
		}
		victim := i % len(workers)
		workers[victim].kill()
		workers[victim] = worker(t, addr, dir, victim)
		t.Logf("kill %d of %d: worker %d", i+1, kills, victim)
	}

	if s := driver.wait(); s != verb.StatusOK {
		t.Fatalf("the day ends with status %d:\n%s\n%s", s, driver.out.text(), driver.errs.text())
	}
	sound(t, driver.out.text())

	for _, w := range workers {
		w.terminate()
	}
	broker.terminate()
}

func worker(t *testing.T, addr, dir string, i int) *process {
	name := "worker-" + strconv.Itoa(i)
	return program(t, "run", "--brokers", addr, "--model", "policy", "--instance", name, "--dir",
		filepath.Join(dir, name))
}

// flightEvents counts those of a day.
func flightEvents(t *testing.T, data string, customers int) (n int) {
	t.Helper()

	s, err := simulate.Load(data, func(*day.Day) int { return customers }, 1)
	if err != nil {
		t.Fatal(err)
	}

	for r := range s.Records() {
		if r.Topic == string(vocab.FlightEvents) {
			n++
		}
	}

	return n
}

// follower returns a function that waits for the next record of a topic.
func follower(t *testing.T, addr, topic string) (next func()) {
	t.Helper()

	client, err := processors.Dial(processors.Config{Brokers: []string{addr}})
	if err != nil {
		t.Fatal(err)
	}

	ctx, stop := context.WithTimeout(context.Background(), 10*waiting)
	more, end := iter.Pull2(client.Follow(ctx, topic, processors.FollowOptions{FromBeginning: true}))
	t.Cleanup(func() {
		stop()
		end()
		_ = client.Close()
	})

	return func() {
		t.Helper()

		if _, err, ok := more(); err != nil || !ok {
			t.Fatalf("follow %s: %v, %v", topic, err, ctx.Err())
		}
	}
}
