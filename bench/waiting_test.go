package bench

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/processors"
)

// BenchmarkHotKey measures how long another key's event takes to its decision while 10,000 events of one key
// wait for a model of 2 s, beside the same without them: everything is in one partition. Each iteration is
// one pair of runs.
func BenchmarkHotKey(b *testing.B) {
	const waiting = 10_000
	var without, with, added, medians []float64

	for range b.N {
		quiet := probe(b, 0)
		hot := probe(b, waiting)
		without = append(without, quantile(quiet, 0.99))
		with = append(with, quantile(hot, 0.99))
		added = append(added, with[len(with)-1]-without[len(without)-1])
		medians = append(medians, median(hot))
	}

	b.ReportMetric(median(without), "p99-ms-without")
	b.ReportMetric(median(with), "p99-ms-with")
	b.ReportMetric(median(added), "p99-ms-added")
	b.ReportMetric(median(medians), "p50-ms-with")
	b.ReportMetric(0, "ns/op")
}

// probe returns how many milliseconds the decisions of 200 other keys take while events of one key wait. One
// that is not there after 30 s counts as 30 s.
func probe(b *testing.B, waiting int) (took []float64) {
	const probes, patience = 200, 30 * time.Second
	w := workload{
		Brokers:    broker(b),
		Dir:        b.TempDir(),
		Partitions: 1,
		Decide:     true,
		Answer:     2 * time.Second,
		InFlight:   probes + 1,
	}
	w.prepare(b)
	worker := startWorker(b, w)
	defer worker.stop()

	w.send(b, waiting, "get me home tonight please", numbered("hot-", 1))
	w.awaitHandled(b, int64(waiting), time.Minute, 5*time.Second)

	r := w.read(b)
	defer r.close()

	k, err := processors.Dial(processors.Config{Brokers: w.Brokers, Logger: quiet})
	must(b, err)
	defer k.Close()

	for i := range probes {
		must(b, k.Send(b.Context(), event(fmt.Sprint("other-", i), "get me home tonight please")))
		time.Sleep(20 * time.Millisecond)
	}

	for _, d := range r.next(probes, "other-", patience) {
		took = append(took, milliseconds(d.took))
	}

	for len(took) < probes {
		took = append(took, milliseconds(patience))
	}

	return took
}

// BenchmarkRecovery measures how long a worker takes until it is ready, and its memory then, while events of
// 100,000 keys wait: once with its store and once with an empty disk.
func BenchmarkRecovery(b *testing.B) {
	for _, waiting := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(waiting), func(b *testing.B) {
			w := workload{
				Brokers:    broker(b),
				Dir:        b.TempDir(),
				Partitions: 4,
				Decide:     true,
				Answer:     24 * time.Hour,
				InFlight:   16,
			}
			w.prepare(b)
			w.send(b, waiting, "get me home tonight please", numbered("customer-", 100_000))

			began := time.Now()
			first := startWorker(b, w)
			handled := w.awaitHandled(b, int64(waiting), 15*time.Minute, time.Minute)
			b.ReportMetric(float64(handled)/time.Since(began).Seconds(), "intake/s")
			b.ReportMetric(first.report(b).Peak, "intake-peak-MB")
			first.stop()

			for range b.N {
				w.recover(b, "store")
				w.Dir = b.TempDir()
				w.recover(b, "empty")
			}
			b.ReportMetric(float64(handled), "waiting")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// recover starts a worker and reports what its recovery took.
func (w workload) recover(b *testing.B, from string) {
	worker := startWorker(b, w)
	r := worker.report(b)
	worker.stop()

	b.ReportMetric(worker.took.Seconds(), from+"-s")
	b.ReportMetric(r.CPU, from+"-cpu-s")
	b.ReportMetric(r.Heap, from+"-heap-MB")
	b.ReportMetric(r.RSS, from+"-rss-MB")
	b.ReportMetric(r.Peak, from+"-peak-MB")
}

// BenchmarkBytes measures what the engine's topics hold for each byte of input once all of its events have
// waited and been answered, with events of 1 kB.
func BenchmarkBytes(b *testing.B) {
	const events = 10_000
	for _, keys := range []int{events, 200} {
		b.Run(fmt.Sprint("keys-", keys), func(b *testing.B) {
			for range b.N {
				w := workload{
					Brokers:    broker(b),
					Dir:        b.TempDir(),
					Partitions: 4,
					Decide:     true,
					Answer:     20 * time.Millisecond,
					InFlight:   16,
				}
				w.prepare(b)
				w.send(b, events, strings.Repeat("x", 950), numbered("customer-", keys))

				r := w.read(b)
				worker := startWorker(b, w)
				if n := len(r.next(events, "", 3*time.Minute)); n < events {
					b.Errorf("%d of %d decisions in 3 minutes", n, events)
				}
				r.close()
				worker.stop()

				size := sizes(b, w.Brokers)
				input := float64(size[string(alerts)])
				b.ReportMetric(input/events, "input-B/event")
				b.ReportMetric(float64(size["waiting.tallies-cells"])/input, "cells/input")
				b.ReportMetric(float64(size["waiting.tallies-table"])/input, "changelog/input")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// sizes returns the bytes that the broker's logs have, by topic.
func sizes(b *testing.B, brokers []string) map[string]int64 {
	b.Helper()

	a, done := admin(b, brokers)
	defer done()
	nodes, _, err := a.DescribeCluster()
	must(b, err)

	size := map[string]int64{}
	for _, node := range nodes {
		dirs, err := a.DescribeLogDirs([]int32{node.ID()})
		must(b, err)

		for _, dir := range dirs[node.ID()] {
			for _, topic := range dir.Topics {
				for _, p := range topic.Partitions {
					size[topic.Topic] += p.Size
				}
			}
		}
	}

	return size
}

// BenchmarkCatchUp measures how a worker catches up with 400,000 events in 48 partitions, with a session
// time-out of 2 s, on one core that it shares with the broker. It is given two minutes.
func BenchmarkCatchUp(b *testing.B) {
	const events = 400_000
	oneCore := []string{"env", "GOMAXPROCS=1"}
	if _, err := exec.LookPath("taskset"); err == nil {
		oneCore = []string{"taskset", "-c", "0"}
	}

	for range b.N {
		w := workload{
			Brokers:    broker(b, oneCore...),
			Dir:        b.TempDir(),
			Partitions: 48,
			Session:    2 * time.Second,
		}
		w.prepare(b)
		w.send(b, events, "get me home tonight please", numbered("customer-", events))

		worker := startWorker(b, w, oneCore...)
		began := time.Now()
		handled := w.awaitHandled(b, events, 2*time.Minute, 2*time.Minute)
		took := time.Since(began)
		r := worker.report(b)
		worker.stop()

		b.ReportMetric(float64(handled), "events")
		b.ReportMetric(float64(handled)/took.Seconds(), "events/s")
		b.ReportMetric(float64(r.Rebuilt), "rebuilds")
		b.ReportMetric(r.CPU, "cpu-s")
		b.ReportMetric(0, "ns/op")
	}
}

// BenchmarkDecisions measures decisions a second by a model of 1 ms, of one key and of many. Each iteration
// is one decision.
func BenchmarkDecisions(b *testing.B) {
	for _, keys := range []int{1, 1_000, 1_000_000} {
		b.Run(fmt.Sprint("keys-", keys), func(b *testing.B) {
			w := workload{
				Brokers:    broker(b),
				Dir:        b.TempDir(),
				Partitions: 4,
				Decide:     true,
				Answer:     time.Millisecond,
				InFlight:   16,
			}
			w.prepare(b)
			worker := startWorker(b, w)
			r := w.read(b)
			w.send(b, b.N, "get me home tonight please", numbered("customer-", keys))

			ds := r.next(b.N, "", 5*time.Minute)
			if len(ds) < b.N {
				b.Errorf("%d of %d decisions in 5 minutes", len(ds), b.N)
			}
			cpu := worker.report(b).CPU
			r.close()
			worker.stop()

			if len(ds) > 1 {
				took := ds[len(ds)-1].at.Sub(ds[0].at)
				b.ReportMetric(float64(len(ds)-1)/took.Seconds(), "decisions/s")
				b.ReportMetric(cpu/float64(len(ds))*1e6, "cpu-s/M")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}
