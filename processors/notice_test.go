package processors_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
)

// notices collects what a worker tells.
type notices struct {
	mu  sync.Mutex
	all []processors.Notice
}

func (ns *notices) add(n processors.Notice) {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	ns.all = append(ns.all, n)
}

// of returns those of a kind.
func (ns *notices) of(kind processors.NoticeKind) (found []processors.Notice) {
	ns.mu.Lock()
	defer ns.mu.Unlock()

	for _, n := range ns.all {
		if n.Kind == kind {
			found = append(found, n)
		}
	}
	return found
}

// readyz asks a worker over HTTP.
func readyz(t *testing.T, w running, query string) (status int, body string) {
	t.Helper()

	resp, err := http.Get("http://" + w.Address() + "/readyz" + query)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()

	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}

	return resp.StatusCode, string(b)
}

// A stage that is built again and again says so at /readyz and to the hook, until it works.
func TestReadyzFallsWhileAStageIsRebuilt(t *testing.T) {
	t.Parallel()
	b, told := broker(t), &notices{}
	c := processors.Config{Brokers: []string{b.Addr()}, Listen: "127.0.0.1:0", Partitions: 1,
		SessionTimeout: time.Second, OnNotice: told.add}

	var mu sync.Mutex
	refused := errors.New("the broker refuses it")
	var err error
	w := runWith(t, c, func(w *processors.Worker) {
		testhook.OnPhase(w, func(_, phase string) error {
			mu.Lock()
			defer mu.Unlock()

			if phase == "produced" {
				return err
			}
			return nil
		})
	})

	if status, body := readyz(t, w, ""); status != http.StatusOK || body != `{"status":"ready"}`+"\n" {
		t.Fatalf("readyz: %d %s", status, body)
	}

	mu.Lock()
	err = refused
	mu.Unlock()
	send(t, b, 1, 1)

	for w.Readiness() == nil {
		time.Sleep(time.Millisecond)
	}

	var answer struct {
		Error  string
		Stages []state.Trouble
	}
	status, body := readyz(t, w, "")
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusServiceUnavailable ||
		len(answer.Stages) != 1 || answer.Stages[0].Stage != "counter.guests" ||
		!strings.Contains(answer.Stages[0].Reason, refused.Error()) {
		t.Errorf("readyz: %d %s", status, body)
	}

	if status, body := readyz(t, w, "?format=text"); status != http.StatusServiceUnavailable ||
		!strings.HasPrefix(body, "not ready\ncounter.guests: it was rebuilt") {
		t.Errorf("readyz as text: %d %s", status, body)
	}

	mu.Lock()
	err = nil
	mu.Unlock()

	for w.Readiness() != nil {
		time.Sleep(time.Millisecond)
	}
	settle(t, w)

	if rebuilt := told.of(processors.Rebuilt); len(rebuilt) < 3 || !errors.Is(rebuilt[2].Err, refused) {
		t.Errorf("told of rebuilds: %v", rebuilt)
	}
}

// The hook learns of what a worker does beside its work.
func TestNotices(t *testing.T) {
	b, told := broker(t), &notices{}
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2, OnNotice: told.add}
	w := runWith(t, c, nil)

	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	if err := processors.Send(t.Context(), k, "visits", "g-1", "no visit"); err != nil {
		t.Fatal(err)
	}
	settle(t, w)

	var topics []string
	for _, n := range told.of(processors.TopicCreated) {
		topics = append(topics, n.Topic)
	}
	slices.Sort(topics)

	want := []string{"counter.dead-letters", "counter.guests-inbox", "counter.guests-table",
		"counter.redriven", "echoes", "visits"}
	if !slices.Equal(topics, want) {
		t.Errorf("told of created topics %v, want %v", topics, want)
	}

	assigned := told.of(processors.Rebalanced)
	if len(assigned) == 0 || !slices.Equal(assigned[0].Partitions, []int32{0, 1}) ||
		assigned[0].Stage != "counter.guests" {
		t.Errorf("told of partitions: %+v", assigned)
	}

	letters := told.of(processors.DeadLettered)
	if len(letters) != 1 || letters[0].Topic != "visits" || letters[0].Offset != 0 || letters[0].Err == nil {
		t.Errorf("told of dead letters: %+v", letters)
	}
}

// runWith runs a worker of counter that prepare may change before.
func runWith(t *testing.T, c processors.Config, prepare func(*processors.Worker)) running {
	t.Helper()
	c.Logger = quiet

	w, err := processors.NewWorker(c, counter(nil))
	if err != nil {
		t.Fatal(err)
	}

	if prepare != nil {
		prepare(w)
	}

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()

		if err := <-done; err != nil {
			t.Errorf("stop: %v", err)
		}
	})

	select {
	case <-w.Ready():
	case err := <-done:
		done <- err
		t.Fatalf("the worker ended: %v", err)
	}

	return running{w, nil}
}
