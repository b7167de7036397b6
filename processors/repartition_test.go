package processors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// asked is an operator that answers once it is released.
func asked(release <-chan struct{}) topology.Func[visit, visit] {
	return func(ctx context.Context, v visit) (visit, error) {
		select {
		case <-release:
			return v, nil
		case <-ctx.Done():
			return v, ctx.Err()
		}
	}
}

const guestsWaiting = 40

// waitingGuests has a worker of 2 partitions read two visits of each guest, all of which wait for answers.
func waitingGuests(t *testing.T, b cluster, c processors.Config) {
	t.Helper()

	w := run(t, c, counter(asked(nil)))
	send(t, b, guestsWaiting, 2)
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
}

// expectAll has a worker answer all that waits, and one more visit of each guest. Each counts once, each has
// one answer, and those of one guest are in order.
func expectAll(t *testing.T, b cluster, c processors.Config) {
	t.Helper()

	release := make(chan struct{})
	close(release)
	w := run(t, c, counter(asked(release)))
	send(t, b, guestsWaiting, 1)
	settle(t, w)

	for i := range guestsWaiting {
		row, err := state.Of(w, guests).Get(t.Context(), id(fmt.Sprint("g-", i)))
		if err != nil || row.Count != 3 {
			t.Errorf("guest %d: %+v, %v, want 3 visits", i, row, err)
		}
	}

	got, ids := map[string]string{}, map[string]bool{}
	for _, r := range read(t, b, string(echoes)) {
		got[r.Key] += string(r.Value)
		ids[r.ID] = true
	}

	if len(got) != guestsWaiting || len(ids) != 3*guestsWaiting {
		t.Errorf("%d answers to %d guests", len(ids), len(got))
	}

	for key, values := range got {
		if want := `{"N":0}{"N":1}{"N":0}`; values != want {
			t.Errorf("guest %s: %s, want %s", key, values, want)
		}
	}

	if n := len(read(t, b, "counter.dead-letters")); n > 0 {
		t.Errorf("%d dead letters", n)
	}
}

// Rows and what waits move to where their keys are, and nothing is lost, counted twice, or out of order. The
// stores of before are taken up.
func TestRepartition(t *testing.T) {
	for name, dir := range map[string]string{"recovered": "", "on disk": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			b := brokerUnderTest(t)
			c := processors.Config{
				Brokers:     []string{b.Addr()},
				Partitions:  2,
				Dir:         dir,
				StopTimeout: time.Millisecond,
			}
			waitingGuests(t, b, c)
			grow(t, b, 5, string(visits))

			moved, err := processors.Repartition(t.Context(), c, counter(asked(nil)), 5)
			if err != nil {
				t.Fatal(err)
			}

			if len(moved) != 1 || moved[0].Rows == 0 || moved[0].Waiting < 2*moved[0].Rows {
				t.Errorf("%+v has moved", moved)
			}
			expectAll(t, b, c)
		})
	}
}

// A repartition that crashes has no effect on what a worker would see, since none starts until it was done
// again.
func TestRepartitionCanBeDoneAgain(t *testing.T) {
	b := brokerUnderTest(t)
	c := processors.Config{
		Brokers:        []string{b.Addr()},
		Partitions:     2,
		StopTimeout:    time.Millisecond,
		Logger:         quiet,
		SessionTimeout: 2 * time.Second,
	}
	waitingGuests(t, b, c)
	grow(t, b, 5, string(visits))

	crash := errors.New("crash")
	for crashes := 1; ; crashes++ {
		left := crashes
		err := processors.RepartitionCrashing(t.Context(), c, counter(asked(nil)), 5, func() error {
			if left--; left == 0 {
				return crash
			}
			return nil
		})
		if err == nil {
			break
		}

		if !errors.Is(err, crash) || crashes > 10 {
			t.Fatal(err)
		}
		startIsRefused(t, c, counter(asked(nil)), "repartition")
	}
	expectAll(t, b, c)
}

// A topic between two stages is the topology's own, and grows with them.
func TestRepartitionOfTopicsBetweenStages(t *testing.T) {
	const heard topology.Table[id, seen] = "heard"
	chain := func() *topology.Topology {
		top := topology.New("chain")
		count := func(s seen, v visit) seen { s.Count++; return s }
		topology.Fold(guests, topology.From(top, visits), count).To(echoes)
		topology.Fold(heard, topology.From(top, echoes), count)
		return top
	}

	b := brokerUnderTest(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2, Logger: quiet}
	counted(t, b, c, chain())
	grow(t, b, 3, string(visits))

	if _, err := processors.Repartition(t.Context(), c, chain(), 3); err != nil {
		t.Fatal(err)
	}

	w := run(t, c, chain())
	send(t, b, 8, 1)
	settle(t, w)
	for i := range 8 {
		row, err := state.Of(w, heard).Get(t.Context(), id(fmt.Sprint("g-", i)))
		if err != nil || row.Count != 2 {
			t.Errorf("guest %d: %+v, %v, want 2 visits", i, row, err)
		}
	}
}

// What would lose an event, or misplace one, is refused before anything has changed.
func TestRepartitionIsRefused(t *testing.T) {
	b := brokerUnderTest(t)
	c := processors.Config{
		Brokers:        []string{b.Addr()},
		Partitions:     2,
		Logger:         quiet,
		SessionTimeout: time.Second,
	}
	expect := func(n int, text string) {
		t.Helper()
		_, err := processors.Repartition(t.Context(), c, counter(nil), n)
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want it refused since %q", err, text)
		}
	}

	w := run(t, c, counter(nil))
	send(t, b, 8, 1)
	settle(t, w)
	expect(1, "no stage has inputs with 1 partitions")
	expect(3, "no stage has inputs with 3 partitions")
	expect(2, "stop all workers")

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	send(t, b, 8, 1)
	grow(t, b, 3, string(visits))
	expect(3, "has not read")
	expect(2, "can't take any away")

	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		all, err := a.ListTopics()
		if n := all["counter.guests-table"].NumPartitions; n != 2 {
			t.Errorf("the changelog has %d partitions, want 2", n)
		}
		return err
	})
}
