package processors

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
)

// Without this, the next transaction of a producer would commit what an earlier one left open in a partition,
// of which only its coordinator knows that it was aborted.
func TestWhatHangsOfItsOwnIsEndedBeforeAProducerStarts(t *testing.T) {
	in, _ := newTestSession(t, nil)
	in.s.changelog, in.s.cells = "rows", ""
	in.s.w.topics["rows"] = topicInfo{partitions: 3}

	b := sarama.NewMockBroker(t, 1)
	t.Cleanup(b.Close)
	metadata := sarama.NewMockMetadataResponse(t).SetBroker(b.Addr(), b.BrokerID())
	for part := range int32(3) {
		metadata.SetLeader("rows", part, b.BrokerID())
	}
	opened := func(part int32, producer int64) sarama.DescribeProducersResponsePartition {
		return sarama.DescribeProducersResponsePartition{PartitionIndex: part,
			ActiveProducers: []sarama.ProducerState{{ProducerID: producer, CurrentTxnStartOffset: 5}}}
	}
	idle := sarama.DescribeProducersResponsePartition{PartitionIndex: 2,
		ActiveProducers: []sarama.ProducerState{{ProducerID: 7, CurrentTxnStartOffset: -1}}}
	b.SetHandlerByMap(map[string]sarama.MockResponse{
		"MetadataRequest": metadata,
		"FindCoordinatorRequest": sarama.NewMockFindCoordinatorResponse(t).
			SetCoordinator(sarama.CoordinatorTransaction, in.s.transactional(), b),
		"InitProducerIDRequest": sarama.NewMockWrapper(&sarama.InitProducerIDResponse{Version: 4, ProducerID: 7,
			ProducerEpoch: 3}),
		"DescribeProducersRequest": sarama.NewMockWrapper(&sarama.DescribeProducersResponse{
			Topics: []sarama.DescribeProducersResponseTopic{{Name: "rows", Partitions: []sarama.
				DescribeProducersResponsePartition{opened(0, 7), opened(1, 8), idle}}}}),
		"AddPartitionsToTxnRequest": sarama.NewMockWrapper(&sarama.AddPartitionsToTxnResponse{Version: 3}),
		"EndTxnRequest":             sarama.NewMockWrapper(&sarama.EndTxnResponse{Version: 3}),
	})

	c := in.s.w.c.sarama("test", in.s.w.c.connections())
	c.ApiVersionsRequest = false // the mock would list what it answers only

	client, err := sarama.NewClient([]string{b.Addr()}, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })

	if err := in.endOwn(client); err != nil {
		t.Fatal(err)
	}

	var did []any
	for _, r := range b.History() {
		switch r := r.Request.(type) {
		case *sarama.AddPartitionsToTxnRequest:
			did = append(did, r.TopicPartitions)
		case *sarama.EndTxnRequest:
			did = append(did, r.TransactionResult)
		}
	}

	want := []any{map[string][]int32{"rows": {0}}, false}
	if !reflect.DeepEqual(did, want) {
		t.Errorf("what hangs in partition 0 is ended by %v, want %v", did, want)
	}
}

// Brokers keep the positions of a group in the partition that the hash of its name says, as Java computes it.
func TestOffsetsOf(t *testing.T) {
	for group, want := range map[string]int32{
		"hello":              99162322 % 50,
		"polygenelubricants": 0, // its hash is the least number
		"":                   0,
	} {
		if got := offsetsOf(group, 50); got != want {
			t.Errorf("the positions of %q are in partition %d, want %d", group, got, want)
		}
	}
}

// What holds a partition up is named, and what ends it only if it won't end by itself.
func TestOpenTransactionsAreNamed(t *testing.T) {
	const command = "kafka-transactions.sh --bootstrap-server b-1:9092,b-2:9092 abort " +
		"--topic orders --partition 3 --start-offset 41"
	open := openTxn{place: place{"orders", 3}, producer: 7, start: 41, last: time.Unix(1_700_000_000, 0)}

	for _, test := range []struct {
		id    string
		hangs bool
		want  []string
	}{
		{"billing-1", true, []string{"billing-1", "orders/3", "It hangs", command}},
		{"", true, []string{"producer 7", "orders/3", "unless this worker may not see it", command}},
		{"billing-1", false, []string{"billing-1", "orders/3", "when its producer ends it"}},
	} {
		open.id, open.hangs = test.id, test.hangs
		text := open.describe([]string{"b-1:9092", "b-2:9092"})

		for _, want := range test.want {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in: %s", want, text)
			}
		}

		if !test.hangs && strings.Contains(text, "abort") {
			t.Errorf("a transaction that is under way is to be aborted: %s", text)
		}
	}
}
