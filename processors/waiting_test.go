package processors_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// A claim is what an adjuster decides about; its text may be long.
type claim struct {
	N    int       `json:"n"`
	Text string    `json:"text,omitempty"`
	By   time.Time `json:"by,omitzero"`
}

const (
	claims  topology.Topic[id, claim] = "claims"
	settled topology.Topic[id, claim] = "settled"
	files   topology.Table[id, seen]  = "files"
)

// adjusting counts claims in a row of their key, and has each decided.
func adjusting(name string, op topology.Operator[claim, claim], p topology.Policy[claim]) *topology.Topology {
	t := topology.New("adjusting")
	heard := topology.Fold(files, topology.From(t, claims),
		func(s seen, c claim) seen { s.Count++; s.Sum += c.N; return s })
	decided, _ := topology.Async(heard, name, op, p)
	decided.To(settled)

	return t
}

func sendClaims(t *testing.T, b *devkafka.Broker, rs ...topology.Record) {
	t.Helper()

	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	for i := range rs {
		rs[i].Topic = string(claims)
	}

	if err := k.Send(t.Context(), rs...); err != nil {
		t.Fatal(err)
	}
}

// until waits for what happens in another goroutine; the test's own time-out ends it.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()

	for end := time.Now().Add(time.Minute); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// Law 7: at a bound nothing is dropped. A burst of middle-sized events of one key, while its operator is
// slow.
func TestABurstOfOneKeyIsNotDropped(t *testing.T) {
	b := broker(t)
	op := topology.Func[claim, claim](func(_ context.Context, c claim) (claim, error) {
		return claim{N: c.N}, nil
	})
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1},
		adjusting("adjust", op, topology.Policy[claim]{}))

	const n = 300
	var rs []topology.Record
	for i := range n {
		value := fmt.Appendf(nil, `{"n":%d,"text":%q}`, i, strings.Repeat("x", 12_000))
		rs = append(rs, topology.Record{Key: "k", Value: value})
	}
	sendClaims(t, b, rs...)
	settle(t, w)

	if dead := read(t, b, "adjusting.dead-letters"); len(dead) > 0 {
		t.Errorf("%d dead letters, the first because: %s", len(dead), dead[0].Headers["deadletter-error"])
	}

	answers := read(t, b, string(settled))
	for i, r := range answers {
		if want := fmt.Sprintf(`{"n":%d}`, i); string(r.Value) != want {
			t.Fatalf("answer %d is %s, want %s", i, r.Value, want)
		}
	}

	if len(answers) != n {
		t.Errorf("%d answers to %d events", len(answers), n)
	}
}

// However many events of one key wait for an operator that does not answer, those of others pass.
func TestAHotKeyDelaysNoOther(t *testing.T) {
	b := broker(t)
	block := make(chan struct{})
	op := topology.Func[claim, claim](func(ctx context.Context, c claim) (claim, error) {
		if c.Text == "slow" {
			select {
			case <-block:
			case <-ctx.Done():
				return c, ctx.Err()
			}
		}
		return c, nil
	})
	run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, StopTimeout: time.Millisecond},
		adjusting("adjust", op, topology.Policy[claim]{}))

	var rs []topology.Record
	for range 2000 {
		rs = append(rs, topology.Record{Key: "hot", Value: []byte(`{"n":1,"text":"slow"}`)})
	}
	sendClaims(t, b, append(rs, topology.Record{Key: "other", Value: []byte(`{"n":2}`)})...)
	until(t, "the answer to the other key", func() bool { return len(read(t, b, string(settled))) == 1 })
	close(block)
}

// Policy.Deadline counts the queue: of an event that waits for a slot, and of one that waits behind another.
func TestDeadlinesCountTheQueue(t *testing.T) {
	b := broker(t)
	block := make(chan struct{})
	op := topology.Func[claim, claim](func(ctx context.Context, c claim) (claim, error) {
		if c.N == 0 {
			<-block
		}
		return c, nil
	})
	p := topology.Policy[claim]{InFlight: 1, Timeout: time.Hour,
		Deadline: func(c claim) time.Time { return c.By }}
	run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, StopTimeout: time.Millisecond},
		adjusting("adjust", op, p))

	sendClaims(t, b, topology.Record{Key: "slow", Value: []byte(`{"n":0}`)})

	by := time.Now().Add(300 * time.Millisecond).Format(time.RFC3339Nano)
	urgent := fmt.Appendf(nil, `{"n":1,"by":%q}`, by)
	for range 2 {
		sendClaims(t, b, topology.Record{Key: "urgent", Value: urgent})
	}
	until(t, "two cases are given up while none is answered", func() bool {
		return len(read(t, b, "adjusting.dead-letters")) == 2
	})

	for _, r := range read(t, b, "adjusting.dead-letters") {
		if !strings.Contains(r.Headers["deadletter-error"], "no answer before the deadline") {
			t.Errorf("given up because: %s", r.Headers["deadletter-error"])
		}
	}
	close(block)
}

// Calls that ignore their context do not keep the operator from others.
func TestAnOperatorThatDoesNotReturn(t *testing.T) {
	b := broker(t)
	block := make(chan struct{})
	op := topology.Func[claim, claim](func(_ context.Context, c claim) (claim, error) {
		if c.N == 0 {
			<-block // a client without a time-out
		}
		return c, nil
	})
	p := topology.Policy[claim]{InFlight: 2, Timeout: 100 * time.Millisecond}
	run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}, adjusting("adjust", op, p))

	var rs []topology.Record
	for i := range 7 {
		value := fmt.Appendf(nil, `{"n":%d}`, max(i-1, 0))
		rs = append(rs, topology.Record{Key: fmt.Sprint("k", i), Value: value})
	}
	sendClaims(t, b, rs...)
	until(t, "five answers and two dead letters", func() bool {
		return len(read(t, b, string(settled))) == 5 && len(read(t, b, "adjusting.dead-letters")) == 2
	})
	close(block)
}

// A record in a topic of the engine that it can't have written stops the stage, which names the record, or is
// passed over by choice.
func TestForeignRecords(t *testing.T) {
	for topic, r := range map[string]topology.Record{
		"adjusting.files-table": {Key: "x", Value: []byte("{}"),
			Headers: map[string]string{"slipstream-pending-x": "?"}},
		"adjusting.files-cells": {Key: "no number", Value: []byte("{}")},
	} {
		t.Run(topic, func(t *testing.T) {
			b := broker(t)
			c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}
			echo := topology.Func[claim, claim](func(_ context.Context, c claim) (claim, error) {
				return c, nil
			})
			top := func() *topology.Topology { return adjusting("adjust", echo, topology.Policy[claim]{}) }

			w := run(t, c, top())
			sendClaims(t, b, topology.Record{Key: "k", Value: []byte(`{"n":1}`)})
			settle(t, w)

			if err := w.stop(); err != nil {
				t.Fatal(err)
			}

			k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
			if err != nil {
				t.Fatal(err)
			}
			defer k.Close()

			r.Topic = topic
			if err := k.Send(t.Context(), r); err != nil {
				t.Fatal(err)
			}

			if err := refused(t, c, top()); !strings.Contains(err.Error(), topic+"/0/") {
				t.Errorf("the record is not named: %v", err)
			}

			c.PassForeign = true
			w = run(t, c, top())
			sendClaims(t, b, topology.Record{Key: "k", Value: []byte(`{"n":1}`)})
			settle(t, w)

			if row, err := state.Of(w, files).Get(t.Context(), "k"); err != nil || row.Count != 2 {
				t.Errorf("the row is %+v (%v)", row, err)
			}
		})
	}
}

// What waits can be listed, here and over HTTP: since when, how often it was asked, and why it waits on.
func TestWhatWaitsCanBeListed(t *testing.T) {
	b := broker(t)
	block := make(chan struct{})
	var asked atomic.Int64
	op := refusing{topology.Func[claim, claim](func(ctx context.Context, c claim) (claim, error) {
		if asked.Add(1) == 1 {
			return claim{N: -1}, nil // which its check refuses
		}

		select {
		case <-block:
		case <-ctx.Done():
			return c, ctx.Err()
		}
		return c, nil
	})}
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 4, Listen: "127.0.0.1:0",
		StopTimeout: time.Millisecond}, adjusting("adjust", op, topology.Policy[claim]{}))

	sendClaims(t, b, topology.Record{Key: "k", Value: []byte(`{"n":1}`)},
		topology.Record{Key: "k", Value: []byte(`{"n":2}`)})
	until(t, "the second call", func() bool { return asked.Load() == 2 })

	for i := range 120 { // more than a page
		sendClaims(t, b, topology.Record{Key: fmt.Sprintf("m%03d", i), Value: []byte(`{"n":3}`)})
	}

	client := state.NewClient(w.Address())
	list := func() (all []state.Waiting) {
		for x, err := range client.Waiting(t.Context(), "adjust") {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, x)
		}
		return all
	}
	until(t, "all wait", func() bool { return len(list()) == 121 })

	all := list()
	got := all[0]
	if got.Key != "k" || got.Attempts != 2 || got.Behind != 1 || got.Operator != "adjust" ||
		!strings.Contains(got.Cause, "no negative claims") || got.Since.IsZero() ||
		got.Topic != string(claims) {
		t.Errorf("%+v", got)
	}

	for i, x := range all[1:] {
		if want := fmt.Sprintf("m%03d", i); x.Key != want {
			t.Fatalf("after %s comes %s", all[i].Key, x.Key)
		}
	}

	for x, err := range client.Waiting(t.Context(), "nobody") {
		t.Errorf("%+v, %v", x, err)
	}
	close(block)
}

// refusing is an operator that takes no negative answer as final.
type refusing struct{ topology.Func[claim, claim] }

func (refusing) Check(_ context.Context, _, answer claim) error {
	if answer.N < 0 {
		return errors.New("no negative claims")
	}
	return nil
}

// hang is an operator that does not answer.
func hang(asked *atomic.Int64) topology.Func[claim, claim] {
	return func(ctx context.Context, c claim) (claim, error) {
		asked.Add(1)
		<-ctx.Done()
		return c, ctx.Err()
	}
}

// refused starts a worker, and returns the error with which it ends.
func refused(t *testing.T, c processors.Config, top *topology.Topology) error {
	t.Helper()

	c.Logger, c.SessionTimeout = quiet, 2*time.Second

	w, err := processors.NewWorker(c, top)
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	if err = w.Run(ctx); ctx.Err() != nil {
		t.Fatal("the worker runs")
	}

	var fatal *processors.FatalError
	if !errors.As(err, &fatal) {
		t.Errorf("the worker ends with %v, which is no FatalError", err)
	}
	return err
}

// Events wait for an operator, and the next version of the topology has none of its name, or has it wait for
// something else: it is refused, and nothing is lost.
func TestAnUpgradeThatWouldMisreadWhatWaits(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, StopTimeout: time.Millisecond}
	var asked atomic.Int64

	w := run(t, c, adjusting("adjust", hang(&asked), topology.Policy[claim]{}))
	sendClaims(t, b, topology.Record{Key: "k", Value: []byte(`{"n":42,"text":"refund me"}`)})
	until(t, "the call", func() bool { return asked.Load() == 1 })

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	echo := topology.Func[claim, claim](func(_ context.Context, c claim) (claim, error) { return c, nil })
	renamed := adjusting("judge", echo, topology.Policy[claim]{})
	if err := refused(t, c, renamed); !strings.Contains(err.Error(), "operator adjust") {
		t.Errorf("renamed: %v", err)
	}

	type total struct{ Total int }
	moved := topology.New("adjusting")
	counted := topology.Apply(files, topology.From(moved, claims), func(s seen, _ claim) (seen, []total) {
		s.Count++
		return s, []total{{s.Count}}
	})
	ask := topology.Func[total, total](func(_ context.Context, v total) (total, error) {
		t.Errorf("asked about %+v", v)
		return v, nil
	})
	topology.Async(counted, "adjust", ask, topology.Policy[total]{})

	if err := refused(t, c, moved); !strings.Contains(err.Error(), "fold files") ||
		!strings.Contains(err.Error(), "apply files") {
		t.Errorf("moved: %v", err)
	}

	without := topology.New("adjusting")
	topology.Fold(files, topology.From(without, claims), func(s seen, _ claim) seen { return s })
	if err := refused(t, c, without); !strings.Contains(err.Error(), "operator adjust") {
		t.Errorf("removed: %v", err)
	}

	w = run(t, c, adjusting("adjust", echo, topology.Policy[claim]{})) // the way back
	settle(t, w)

	got := read(t, b, string(settled))
	if len(got) != 1 || !strings.Contains(string(got[0].Value), "refund me") {
		t.Errorf("answers: %+v", got)
	}

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	run(t, c, without) // nothing waits any more
}

// Events wait for an operator whose stage the next version of the topology does not have at all: it is refused,
// until they are answered. What waits in a topology whose name begins with this one's is not its own.
func TestAStageThatIsGoneWhileEventsWait(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2, StopTimeout: time.Millisecond}
	asking := func(name string, op topology.Operator[claim, claim]) *topology.Topology {
		top := topology.New(name)
		decided, _ := topology.Async(topology.From(top, claims), "adjust", op, topology.Policy[claim]{})
		decided.To(settled)
		return top
	}
	var asked atomic.Int64

	w := run(t, c, asking("adjusting.eu", hang(&asked)))
	sendClaims(t, b, topology.Record{Key: "k", Value: []byte(`{"n":42}`)},
		topology.Record{Key: "k", Value: []byte(`{"n":43}`)})
	until(t, "the call", func() bool { return asked.Load() == 1 })

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	without := topology.New("adjusting.eu")
	topology.From(without, claims).To(settled)
	err := refused(t, c, without)
	for _, text := range []string{"2 events wait for operator adjust", "adjusting.eu.adjust-cells"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%v\nwant it to say %q", err, text)
		}
	}

	echo := topology.Func[claim, claim](func(_ context.Context, c claim) (claim, error) { return c, nil })
	w = run(t, c, asking("adjusting", echo)) // another topology
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	w = run(t, c, asking("adjusting.eu", echo)) // the version before
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	run(t, c, without) // nothing waits any more
}

// The rows are of another type than the next version of the topology has: it stops, and eats no input.
func TestARowOfAnotherTypeStopsItsStage(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}
	w := run(t, c, counter(nil))
	send(t, b, 10, 1)
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	send(t, b, 10, 1)

	type other struct{ Count string }
	next := topology.New("counter")
	topology.Fold(topology.Table[id, other]("guests"), topology.From(next, visits),
		func(o other, _ visit) other { return o }).To(echoes)

	if err := refused(t, c, next); !strings.Contains(err.Error(), "row guests/g-") {
		t.Error(err)
	}

	if dead := read(t, b, "counter.dead-letters"); len(dead) > 0 {
		t.Errorf("%d good events became dead letters", len(dead))
	}

	w = run(t, c, counter(nil)) // the way back
	settle(t, w)

	for i := range 10 {
		row, err := state.Of(w, guests).Get(t.Context(), id(fmt.Sprint("g-", i)))
		if err != nil || row.Count != 2 {
			t.Errorf("g-%d: %+v, %v", i, row, err)
		}
	}
}

// A store whose file is damaged in the middle is rebuilt from the changelog, though it opens well.
func TestDamageFoundWhileReading(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, Dir: t.TempDir(), CachedRows: 10}
	const n = 6000
	long := topology.New("adjusting")
	topology.Fold(topology.Table[id, claim]("files"), topology.From(long, claims), topology.Latest)

	w := run(t, c, long)
	var rs []topology.Record
	for i := range n {
		noise := fmt.Sprintf("%x", bytes.Repeat([]byte{byte(i * 7), byte(i >> 3), byte(i * 13)}, 200))
		value := fmt.Appendf(nil, `{"n":%d,"text":"%d-%s"}`, i, i, noise)
		rs = append(rs, topology.Record{Key: fmt.Sprintf("k%05d", i), Value: value})
	}
	sendClaims(t, b, rs...)
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	damage(t, filepath.Join(c.Dir, "state", "tables-2"))

	w = run(t, c, long)
	sendClaims(t, b, rs...) // each meets its row
	settle(t, w)

	for i := range n {
		key := id(fmt.Sprintf("k%05d", i))
		row, err := state.Of(w, topology.Table[id, claim]("files")).Get(t.Context(), key)
		if err != nil || row.N != i {
			t.Fatalf("k%05d: %+v, %v", i, row, err)
		}
	}
}

// damage changes some bytes in the middle of each large file of the stores in a folder.
func damage(t *testing.T, dir string) {
	t.Helper()

	tables, _ := filepath.Glob(filepath.Join(dir, "*", "*", "*.sst"))
	hurt := 0
	for _, path := range tables {
		data, err := os.ReadFile(path)
		if err != nil || len(data) < 20_000 {
			continue
		}

		for i := len(data) / 3; i < len(data)/3+64; i++ {
			data[i] ^= 0xff
		}

		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		hurt++
	}

	if hurt == 0 {
		t.Fatalf("none of %d tables is large enough to be damaged: the test proves nothing", len(tables))
	}
}

// So is a copy that lookups read.
func TestDamageOfACopyFoundWhileReading(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, Dir: t.TempDir()}
	const (
		n     = 6000
		table = topology.Table[id, claim]("files")
		asks  = topology.Topic[id, int]("asks")
	)
	top := topology.New("adjusting")
	topology.Fold(table, topology.From(top, claims), topology.Latest)
	looked := topology.Lookup(topology.Events(topology.From(top, asks)), table,
		func(e topology.Event[id, int]) id { return e.Key },
		func(_ topology.Event[id, int], f claim) claim { return claim{N: f.N} })
	looked.To(settled)

	w := run(t, c, top)
	var rs, qs []topology.Record
	for i := range n {
		key := fmt.Sprintf("k%05d", i)
		noise := fmt.Sprintf("%x", bytes.Repeat([]byte{byte(i * 7), byte(i >> 3), byte(i * 13)}, 200))
		value := fmt.Appendf(nil, `{"n":%d,"text":"%d-%s"}`, i+1, i, noise)
		rs = append(rs, topology.Record{Key: key, Value: value})
		qs = append(qs, topology.Record{Topic: string(asks), Key: key, Value: []byte("1")})
	}
	sendClaims(t, b, rs...)
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	damage(t, filepath.Join(c.Dir, "state", "copies-2"))

	w = run(t, c, top)
	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	if err := k.Send(t.Context(), qs...); err != nil {
		t.Fatal(err)
	}
	settle(t, w)

	sum := 0
	for _, r := range read(t, b, string(settled)) {
		var got claim
		if err := json.Unmarshal(r.Value, &got); err != nil {
			t.Fatal(err)
		}
		sum += got.N
	}

	if want := n * (n + 1) / 2; sum != want {
		t.Errorf("the rows looked up have the sum %d, want %d", sum, want)
	}
}
