package processors_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/internal/store"
)

// A keptTopic is a topic as it was when its state was kept. See testdata/kept/README.md.
type keptTopic struct {
	Name      string             `json:"name"`
	ID        string             `json:"id"`
	Cleanup   string             `json:"cleanup"`
	Ends      []int64            `json:"ends"`      // by partition, after the last marker of a transaction
	Positions map[string][]int64 `json:"positions"` // by group and partition
}

// A keptRecord is a committed record of one of these topics.
type keptRecord struct {
	Topic     string            `json:"topic"`
	Partition int32             `json:"partition"`
	Offset    int64             `json:"offset"`
	Time      time.Time         `json:"time"`
	Key       string            `json:"key"`
	Value     *string           `json:"value"`
	Headers   map[string]string `json:"headers"`
	Raw       map[string][]byte `json:"raw"` // headers that are not UTF-8
}

func keptTopics(t *testing.T) (topics []keptTopic) {
	t.Helper()

	if err := json.Unmarshal(keptFile(t, "topics.json"), &topics); err != nil {
		t.Fatal(err)
	}
	return topics
}

// keptRecords are in order of topic, partition and offset.
func keptRecords(t *testing.T) (all []keptRecord) {
	t.Helper()

	lines := json.NewDecoder(bytes.NewReader(keptFile(t, "records.jsonl")))
	for {
		var r keptRecord
		if err := lines.Decode(&r); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
}

func keptFile(t *testing.T, name string) []byte {
	t.Helper()

	b, err := os.ReadFile(filepath.Join("testdata", "kept", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// restoreTopics makes the topics on a broker, each record at its offset and each group at its position.
func restoreTopics(t *testing.T, b *devkafka.Broker) {
	t.Helper()

	topics := keptTopics(t)
	for _, k := range topics {
		forever := "-1"
		create(t, b, k.Name, sarama.TopicDetail{
			NumPartitions:     int32(len(k.Ends)),
			ReplicationFactor: 1,
			ConfigEntries:     map[string]*string{"cleanup.policy": &k.Cleanup, "retention.ms": &forever},
		})
	}

	ends := map[string][]int64{}
	for _, k := range topics {
		ends[k.Name] = k.Ends
	}

	for transactional, batches := range cut(keptRecords(t), ends) {
		p := keptProducer(t, b, transactional == 1)
		for _, batch := range batches {
			produceBatch(t, p, batch)
		}
	}

	withAdmin(t, b, func(a sarama.ClusterAdmin) (err error) {
		for _, k := range topics {
			for group, positions := range k.Positions {
				at := map[int32]sarama.OffsetAndMetadata{}
				for p, o := range positions {
					at[int32(p)] = sarama.OffsetAndMetadata{Offset: o, LeaderEpoch: -1}
				}
				offsets := map[string]map[int32]sarama.OffsetAndMetadata{k.Name: at}
				_, e := a.AlterConsumerGroupOffsets(group, offsets, nil)
				err = errors.Join(err, e)
			}
		}

		return err
	})
}

// cut returns the batches that were produced outside of transactions, and those that a marker follows.
func cut(all []keptRecord, ends map[string][]int64) (batches [2][][]keptRecord) {
	begin := 0
	for i, r := range all {
		next := ends[r.Topic][r.Partition]
		last := i+1 == len(all) || all[i+1].Topic != r.Topic || all[i+1].Partition != r.Partition
		if !last {
			next = all[i+1].Offset
		}

		marked := 0
		if next > r.Offset+1 {
			marked = 1
		}

		if last || marked == 1 {
			batches[marked] = append(batches[marked], all[begin:i+1])
			begin = i + 1
		}
	}

	return batches
}

// keptProducer keeps the order of its records.
func keptProducer(t *testing.T, b *devkafka.Broker, transactional bool) sarama.SyncProducer {
	t.Helper()
	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	c.Producer.Partitioner = sarama.NewManualPartitioner

	c.Producer.Return.Successes = true
	c.Producer.Idempotent = true
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Net.MaxOpenRequests = 1
	if transactional {
		c.Producer.Transaction.ID = "restore"
	}

	p, err := sarama.NewSyncProducer([]string{b.Addr()}, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })

	return p
}

// produceBatch produces records of one partition, in one transaction if the producer has them.
func produceBatch(t *testing.T, p sarama.SyncProducer, batch []keptRecord) {
	t.Helper()

	var ms []*sarama.ProducerMessage
	for _, r := range batch {
		ms = append(ms, r.message())
	}

	var errs []error
	if p.IsTransactional() {
		errs = append(errs, p.BeginTxn())
	}

	errs = append(errs, p.SendMessages(ms))
	if p.IsTransactional() {
		errs = append(errs, p.CommitTxn())
	}

	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}

	for i, r := range batch {
		if ms[i].Offset != r.Offset {
			t.Fatalf("record %s/%d/%d was restored at offset %d", r.Topic, r.Partition, r.Offset,
				ms[i].Offset)
		}
	}
}

func (r keptRecord) message() *sarama.ProducerMessage {
	m := &sarama.ProducerMessage{
		Topic:     r.Topic,
		Partition: r.Partition,
		Key:       sarama.StringEncoder(r.Key),
		Timestamp: r.Time,
	}
	if r.Value != nil {
		m.Value = sarama.StringEncoder(*r.Value)
	}

	for name, v := range r.Headers {
		m.Headers = append(m.Headers, sarama.RecordHeader{Key: []byte(name), Value: []byte(v)})
	}

	for name, v := range r.Raw {
		m.Headers = append(m.Headers, sarama.RecordHeader{Key: []byte(name), Value: v})
	}

	return m
}

// restoreStore unpacks the worker's folder into dir. The broker has given the topics new ids, after which the
// folders of stores are named.
func restoreStore(t *testing.T, b *devkafka.Broker, dir string) {
	t.Helper()
	var ids []string // old and new ones in turn
	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		for _, k := range keptTopics(t) {
			ms, err := a.DescribeTopics([]string{k.Name})
			if err != nil {
				return err
			}

			ids = append(ids, k.ID, ms[0].Uuid.String())
		}
		return nil
	})
	renamed := strings.NewReplacer(ids...)

	unzipped, err := gzip.NewReader(bytes.NewReader(keptFile(t, "store.tar.gz")))
	if err != nil {
		t.Fatal(err)
	}

	files := tar.NewReader(unzipped)
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}

		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(renamed.Replace(h.Name)))
		content, err := io.ReadAll(files)

		err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644))
		if err != nil {
			t.Fatal(err)
		}
	}
}

// expectOffsets opens the restored stores: each has its rows as of the last record of its changelog.
func expectOffsets(t *testing.T, dir string) {
	t.Helper()

	want := map[string]int64{} // by topic and partition
	for _, r := range keptRecords(t) {
		want[fmt.Sprintf("%s/%d", r.Topic, r.Partition)] = r.Offset
	}

	for _, path := range storesIn(t, dir) {
		st, err := store.OpenPebble(path)
		if err != nil {
			t.Fatal(err)
		}

		topic := filepath.Base(filepath.Dir(path))
		topic = topic[:strings.LastIndexByte(topic, '.')] // without its id
		if o := want[topic+"/"+filepath.Base(path)]; st.Offset() != o {
			t.Errorf("store %s is at offset %d, want %d", path, st.Offset(), o)
		}

		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
