package processors_test

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// dial connects a client.
func dial(t *testing.T, addr string) *processors.Client {
	t.Helper()

	k, err := processors.Dial(processors.Config{Brokers: []string{addr}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })

	return k
}

// letters are the dead letters of counter.
func letters(t *testing.T, k *processors.Client) (all []processors.DeadLetter) {
	t.Helper()

	for l, err := range k.DeadLetters(t.Context(), "counter") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}

	return all
}

// However many try it at once, and however often one of them is shut out in the middle, each dead letter is
// processed again once.
func TestADeadLetterIsRedrivenOnce(t *testing.T) {
	b := broker(t)
	w := run(t, processors.Config{Brokers: []string{b.Addr()}}, counter(nil))
	k := dial(t, b.Addr())

	const many = 250      // more than one transaction has
	for i := range many { // to the wrong partition
		r := topology.Record{
			Topic:   string(visits),
			Key:     fmt.Sprint("g-", i),
			Value:   []byte(`{"N":1}`),
			Headers: map[string]string{"tenant": "blue", "deadletter-error": "of another topology"},
		}
		if err := k.SendTo(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, w)

	dead := letters(t, k)
	misrouted := len(dead)
	for _, l := range dead {
		own := map[string]string{"tenant": "blue", "deadletter-error": "of another topology"}
		if !strings.HasPrefix(l.Reason, "misrouted") || !maps.Equal(l.Headers, own) || l.Failed.IsZero() {
			t.Fatalf("a dead letter says %+v", l)
		}
	}

	tryers := 4
	if raceDetector { // one shuts out another, and sarama races with itself then
		tryers = 1
	}

	var tries sync.WaitGroup
	total := make(chan int, 100)
	for range tryers {
		tries.Go(func() {
			other := dial(t, b.Addr())
			for range 20 {
				n, err := other.Redrive(t.Context(), "counter", dead...)
				total <- n
				if err == nil {
					return
				}
			}
			t.Error("it never ends without being shut out")
		})
	}
	tries.Wait()
	close(total)
	settle(t, w)

	for _, l := range letters(t, k) {
		if !l.Redriven {
			t.Fatalf("%s/%d was not redriven, or has failed again: %s", l.Topic, l.Offset, l.Reason)
		}
	}

	for i := range many {
		var row seen
		_, err := w.Row(t.Context(), string(guests), fmt.Sprint("g-", i), &row)
		if err != nil || row.Count != 1 {
			t.Fatalf("g-%d was counted %d times: %v", i, row.Count, err)
		}
	}

	n, err := k.Redrive(t.Context(), "counter", dead...)
	if n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}

	if misrouted == 0 {
		t.Error("nothing was misrouted: the test proves nothing")
	}
}

// What can't be redriven is an error that says so, before anything is.
func TestWhatCannotBeRedriven(t *testing.T) {
	b := broker(t)
	run(t, processors.Config{Brokers: []string{b.Addr()}}, counter(nil))
	k := dial(t, b.Addr())

	letter := func(topic string, headers map[string]string) processors.DeadLetter {
		r := topology.Record{Topic: topic, Key: "g-1", Value: []byte("{}"), Headers: headers}
		return processors.ReadDeadLetter(r)
	}
	good := map[string]string{"deadletter-topic": "visits", "deadletter-stage": "counter.guests",
		"deadletter-id": "visits/0/1"}
	with := func(name, v string) processors.DeadLetter {
		h := maps.Clone(good)
		h[name] = v
		return letter("counter.dead-letters", h)
	}

	for want, l := range map[string]processors.DeadLetter{
		"no dead letter of topology counter":  letter("other.dead-letters", good),
		"it is no dead letter of a stage":     letter("counter.dead-letters", nil),
		"only the beginning of it":            with("deadletter-size", "9000000"),
		"it is of an earlier version":         with("deadletter-id", ""),
		"which is not of topology counter":    with("deadletter-stage", "shop.totals"),
		"topic counter.nobody-inbox does not": with("deadletter-stage", "counter.nobody"),
	} {
		n, err := k.Redrive(t.Context(), "counter", letter("counter.dead-letters", good), l)
		if n != 0 || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d, %v, want %q", n, err, want)
		}
	}
}

// misroute sends visits of many guests to partitions that are not theirs, and returns their letters.
func misroute(t *testing.T, k *processors.Client, w running, many int) []processors.DeadLetter {
	t.Helper()

	for i := range many {
		key := fmt.Sprint("g-", i)
		r := topology.Record{
			Topic:     string(visits),
			Partition: (murmur2.Partition(key, 4) + 1) % 4, // of the four that a worker creates
			Key:       key,
			Value:     []byte(`{"N":1}`),
		}
		if err := k.SendTo(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, w)

	dead := letters(t, k)
	if len(dead) != many {
		t.Fatalf("%d dead letters, want %d", len(dead), many)
	}

	return dead
}

// A dead letter that was redriven can be neither redriven nor dismissed again, and one that was dismissed not
// either. The list says what became of it.
func TestADeadLetterEndsOnce(t *testing.T) {
	b := broker(t)
	w := run(t, processors.Config{Brokers: []string{b.Addr()}}, counter(nil))
	k := dial(t, b.Addr())
	dead := misroute(t, k, w, 3)

	redrive := func(l processors.DeadLetter) (int, error) { return k.Redrive(t.Context(), "counter", l) }
	dismiss := func(l processors.DeadLetter) (int, error) {
		return k.Dismiss(t.Context(), "counter", "sent by hand", l)
	}
	for i, c := range []struct {
		what   string
		end    func(processors.DeadLetter) (int, error)
		letter processors.DeadLetter
		want   int
	}{
		{"redrive", redrive, dead[0], 1},
		{"redrive again", redrive, dead[0], 0},
		{"dismiss what was redriven", dismiss, dead[0], 0},
		{"dismiss", dismiss, dead[1], 1},
		{"dismiss again", dismiss, dead[1], 0},
		{"redrive what was dismissed", redrive, dead[1], 0},
	} {
		if n, err := c.end(c.letter); n != c.want || err != nil {
			t.Errorf("%d, %s: %d, %v, want %d", i, c.what, n, err, c.want)
		}
	}
	settle(t, w)

	for _, l := range letters(t, k) {
		redriven, dismissed, why := l.Key == dead[0].Key, l.Key == dead[1].Key, ""
		if dismissed {
			why = "sent by hand"
		}

		if l.Redriven != redriven || l.Dismissed != dismissed || l.Why != why {
			t.Errorf("letter of %s: redriven %v, dismissed %v, %q", l.Key, l.Redriven, l.Dismissed, l.Why)
		}
	}

	for i, want := range []int{1, 0, 0} {
		var row seen
		key := dead[i].Key
		if _, err := w.Row(t.Context(), string(guests), key, &row); err != nil || row.Count != want {
			t.Errorf("%s was counted %d times, want %d: %v", key, row.Count, want, err)
		}
	}
}

// Of two that have found a letter open, the one that came later ends it, and the other is told so.
func TestOfTwoThatEndDeadLettersTheLaterOneCommits(t *testing.T) {
	if raceDetector {
		t.Skip("one shuts out the other, and sarama races with itself then")
	}

	b := broker(t)
	w := run(t, processors.Config{Brokers: []string{b.Addr()}}, counter(nil))
	k := dial(t, b.Addr())
	dead := misroute(t, k, w, 1)

	first, err := k.OpenRedrive(t.Context(), "counter", dead...)
	if err != nil {
		t.Fatal(err)
	}

	second, err := dial(t, b.Addr()).OpenRedrive(t.Context(), "counter", dead...)
	if err != nil {
		t.Fatal(err)
	}

	if n, err := first(); n != 0 || err == nil {
		t.Errorf("the first one: %d, %v, want an error", n, err)
	}

	if n, err := second(); n != 1 || err != nil {
		t.Errorf("the second one: %d, %v", n, err)
	}
	settle(t, w)

	var row seen
	if _, err := w.Row(t.Context(), string(guests), dead[0].Key, &row); err != nil || row.Count != 1 {
		t.Errorf("counted %d times: %v", row.Count, err)
	}
}

// Any dead letter of the topology can be dismissed, also what can't be redriven.
func TestWhatCannotBeRedrivenCanBeDismissed(t *testing.T) {
	b := broker(t)
	run(t, processors.Config{Brokers: []string{b.Addr()}}, counter(nil))
	k := dial(t, b.Addr())

	cut := processors.ReadDeadLetter(topology.Record{
		Topic: "counter.dead-letters", Offset: 3, Headers: map[string]string{"deadletter-size": "9000000"},
	})
	if n, err := k.Dismiss(t.Context(), "counter", "", cut); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}

	other := processors.ReadDeadLetter(topology.Record{Topic: "other.dead-letters"})
	n, err := k.Dismiss(t.Context(), "counter", "", cut, other)
	if n != 0 || err == nil || !strings.Contains(err.Error(), "no dead letter of topology counter") {
		t.Errorf("one of another topology: %d, %v", n, err)
	}
}

// Whether a letter has ended is not known while the brokers don't answer: it is not open then.
func TestLettersAreNotOpenBecauseNobodyAnswers(t *testing.T) {
	b := broker(t)
	w := run(t, processors.Config{Brokers: []string{b.Addr()}}, counter(nil))
	k := dial(t, b.Addr())
	misroute(t, k, w, 1)

	if err := k.Close(); err != nil {
		t.Fatal(err)
	}

	for l, err := range k.DeadLetters(t.Context(), "counter") {
		if err == nil {
			t.Errorf("a closed client lists %+v", l)
		}
	}

	ended, err := k.LetterEnds(t.Context(), "counter")
	if err == nil {
		t.Errorf("a closed client knows of %d letters that have ended", ended)
	}
}
