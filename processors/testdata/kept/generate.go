//go:build ignore

// Generate makes the kept state of this folder. It compiles with the code of commit 827afa7: see README.md.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/devbroker"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

type (
	order struct {
		Seq, Amount int
		Note        string `json:",omitempty"`
	}
	account  struct{ Seq, Sum, Wrong, Judged int }
	total    struct{ Seq, Sum int }
	question struct {
		Order order
		Row   account
	}
	verdict struct {
		Seq int
		By  string
	}
)

const (
	orders   topology.Topic[string, order]   = "orders"
	sums     topology.Topic[string, total]   = "sums"
	verdicts topology.Topic[string, verdict] = "verdicts"
	accounts topology.Table[string, account] = "accounts"
	latest   topology.Table[string, total]   = "latest"
)

// kept is what kept_test.go declares, too.
func kept(judge topology.Operator[question, verdict]) *topology.Topology {
	t := topology.New("kept")
	counted := topology.Fold(accounts, topology.From(t, orders), func(a account, o order) account {
		if o.Note == "close" {
			return account{}
		}
		if o.Seq != a.Seq+1 {
			a.Wrong++
		}
		a.Seq, a.Sum = o.Seq, a.Sum+o.Amount
		return a
	})
	topology.Join(counted, accounts, func(o order, a account) total { return total{o.Seq, a.Sum} }).To(sums)
	large := counted.Filter(func(o order) bool { return o.Amount >= 100 })
	asked := topology.Join(large, accounts, func(o order, a account) question { return question{o, a} })
	settled, _ := topology.Async(asked, "judge", judge, topology.Policy[question]{
		Reads:  []topology.Readable{latest},
		Record: true,
	})
	settled.To(verdicts)
	topology.Fold(accounts, settled, func(a account, _ verdict) account {
		a.Judged++
		return a
	})
	topology.Fold(latest, topology.From(t, sums), topology.Latest)
	return t
}

// judge answers every order but those that say "hard". It looks into the copy of a table, and leaves a note.
func judge(ctx context.Context, q question) (verdict, error) {
	for row, err := range topology.Scan(ctx, latest, "") {
		if err != nil {
			return verdict{}, err
		}
		if row.Key == "ann" {
			topology.Note(ctx, "seen", "ann")
		}
	}
	topology.Keep(ctx, "rules", "Large orders need a judge.")
	if strings.HasPrefix(q.Order.Note, "hard") || q.Order.Note == "close" {
		<-ctx.Done()
		return verdict{}, ctx.Err()
	}
	return verdict{q.Order.Seq, "first judge"}, nil
}

func main() {
	out := os.Args[1]
	dir := must(os.MkdirTemp("", "kept"))
	defer os.RemoveAll(dir)
	b := must(devbroker.Start(devbroker.Config{}))
	defer b.Close()
	c := processors.Config{Brokers: []string{b.Addr()}, Dir: dir, Partitions: 3, StopTimeout: time.Millisecond}
	client := must(processors.Dial(c))

	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	send := func(key, value string, headers ...string) {
		at = at.Add(time.Second)
		r := topology.Record{Topic: string(orders), Key: key, Value: []byte(value), Time: at}
		r.Headers = map[string]string{}
		for i := 0; i < len(headers); i += 2 {
			r.Headers[headers[i]] = headers[i+1]
		}
		check(client.Send(context.Background(), r))
	}

	run(c, func() { // nothing is asked
		for _, key := range []string{"ann", "bob", "cleo", "dan", "eve", "gus", "jon"} {
			send(key, `{"Seq":1,"Amount":50}`)
		}
		send("ann", `{"Seq":2,`) // can't be read
	})
	run(c, func() { // everything is answered
		for _, key := range []string{"ann", "bob", "cleo", "dan", "eve", "gus"} {
			send(key, `{"Seq":2,"Amount":100}`)
		}
	})
	run(c, func() { // four events wait, and two behind them
		send("jon", `{"Seq":2,"Amount":1,"Note":"close"}`) // deletes the row
		trace := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
		send("bob", `{"Seq":3,"Amount":200,"Note":"hard"}`, "traceparent", trace, "raw", "\xff")
		send("dan", `{"Seq":3,"Amount":400,"Note":"hard <&> \n ü"}`)
		send("dan", `{"Seq":4,"Amount":100}`)
		send("eve", `{"Seq":3,"Amount":100,"Note":"close"}`) // waits without a row
		send("gus", `{"Seq":3,"Amount":200,"Note":"hard, first"}`, "ce_id", "an-id-of-its-own")
		send("gus", `{"Seq":4,"Amount":300,"Note":"hard, second"}`)
		send("gus", `{"Seq":5,"Amount":1}`)
	})
	run(c, func() {}) // one more attempt of each that waits

	check(os.WriteFile(filepath.Join(out, "records.jsonl"), records(client), 0o644))
	check(os.WriteFile(filepath.Join(out, "topics.json"), topics(b, c, client), 0o644))
	check(os.WriteFile(filepath.Join(out, "store.tar.gz"), packed(dir), 0o644))
}

// run has a worker do something, and stops it.
func run(c processors.Config, do func()) {
	w := must(processors.NewWorker(c, kept(topology.Func[question, verdict](judge))))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	<-w.Ready()
	do()
	check(w.Settle(ctx))
	stop()
	check(<-done)
}

// A record is one line. Only headers may have bytes that are not UTF-8, as Raw.
type record struct {
	Topic     string            `json:"topic"`
	Partition int32             `json:"partition"`
	Offset    int64             `json:"offset"`
	Time      time.Time         `json:"time"`
	Key       string            `json:"key"`
	Value     *string           `json:"value"`
	Headers   map[string]string `json:"headers,omitempty"`
	Raw       map[string][]byte `json:"raw,omitempty"`
}

func records(client *processors.Client) []byte {
	var out bytes.Buffer
	for _, topic := range must(client.Topics()) {
		if strings.HasPrefix(topic, "__") {
			continue
		}
		var all []record
		for r, err := range client.Follow(context.Background(), topic, processors.From{Oldest: true, Until: true}) {
			check(err)
			k := record{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Time: r.Time.UTC(), Key: r.Key}
			k.Headers, k.Raw = map[string]string{}, map[string][]byte{}
			if v, _ := r.Value.([]byte); v != nil {
				text := string(v)
				k.Value = &text
			}
			for name, v := range r.Headers {
				if utf8.ValidString(v) {
					k.Headers[name] = v
				} else {
					k.Raw[name] = []byte(v)
				}
			}
			all = append(all, k)
		}
		slices.SortFunc(all, func(a, b record) int {
			return int(int64(a.Partition-b.Partition)<<32 + a.Offset - b.Offset)
		})
		lines := json.NewEncoder(&out)
		lines.SetEscapeHTML(false)
		for _, r := range all {
			check(lines.Encode(r))
		}
	}
	return out.Bytes()
}

// A topic as it was: its id, its cleanup policy, where each partition ends, and the positions of its readers.
type topic struct {
	Name      string             `json:"name"`
	ID        string             `json:"id"`
	Cleanup   string             `json:"cleanup"`
	Ends      []int64            `json:"ends"`
	Positions map[string][]int64 `json:"positions,omitempty"`
}

func topics(b *devbroker.Broker, c processors.Config, client *processors.Client) []byte {
	config := sarama.NewConfig()
	config.Version = sarama.V2_8_0_0
	conn := must(sarama.NewClient(c.Brokers, config))
	admin := must(sarama.NewClusterAdminFromClient(conn))
	internal := func(name string) bool { return strings.HasPrefix(name, "__") }
	names := slices.DeleteFunc(must(client.Topics()), internal)

	var all []topic
	for _, m := range must(admin.DescribeTopics(names)) {
		t := topic{Name: m.Name, ID: m.Uuid.String(), Positions: map[string][]int64{}}
		for _, e := range must(admin.DescribeConfig(sarama.ConfigResource{
			Type:        sarama.TopicResource,
			Name:        m.Name,
			ConfigNames: []string{"cleanup.policy"},
		})) {
			if e.Name == "cleanup.policy" {
				t.Cleanup = e.Value
			}
		}
		for p := range m.Partitions {
			t.Ends = append(t.Ends, must(conn.GetOffset(m.Name, int32(p), sarama.OffsetNewest)))
		}
		for group := range must(admin.ListConsumerGroups()) {
			var at []int64
			parts := []int32{0, 1, 2}
			offsets := must(admin.ListConsumerGroupOffsets(group, map[string][]int32{m.Name: parts}))
			for _, p := range parts {
				at = append(at, offsets.GetBlock(m.Name, p).Offset)
			}
			if slices.Max(at) >= 0 {
				t.Positions[group] = at
			}
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b topic) int { return strings.Compare(a.Name, b.Name) })
	return append(must(json.MarshalIndent(all, "", "  ")), '\n')
}

// packed is the worker's folder.
func packed(dir string) []byte {
	var out bytes.Buffer
	zipped := must(gzip.NewWriterLevel(&out, gzip.BestCompression))
	files := tar.NewWriter(zipped)
	check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content := must(os.ReadFile(path))
		name := must(filepath.Rel(dir, path))
		check(files.WriteHeader(&tar.Header{Name: filepath.ToSlash(name), Mode: 0o644, Size: int64(len(content))}))
		_, err = files.Write(content)
		return err
	}))
	check(files.Close())
	check(zipped.Close())
	return out.Bytes()
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
