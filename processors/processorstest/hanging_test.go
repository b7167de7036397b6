package processorstest_test

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/state"
)

// A transaction that hangs is one that is open in a partition, and that its coordinator does not know. A
// broker that restarts makes some by accident. These tests make them by writing to a partition without
// telling the coordinator, which Kafka refuses unless it is asked not to look.

// A hanger leaves transactions hanging.
type hanger struct {
	t      *testing.T
	client sarama.Client
}

// newHanger needs a Kafka of its own: it changes a setting of the cluster.
func newHanger(t *testing.T) (h *hanger, brokers []string) {
	if os.Getenv(processorstest.KafkaEnv) == "" {
		t.Skipf("the embedded broker has no transactions that hang: set %s", processorstest.KafkaEnv)
	}
	brokers = brokersUnderTest(t)

	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	client, err := sarama.NewClient(brokers, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	h = &hanger{t, client}
	h.verify(sarama.IncrementalAlterConfigsOperationSet)
	t.Cleanup(func() { h.verify(sarama.IncrementalAlterConfigsOperationDelete) })

	return h, brokers
}

// verify has the brokers not look, or look again, whether the coordinator knows of a write.
func (h *hanger) verify(op sarama.IncrementalAlterConfigsOperation) {
	admin, err := sarama.NewClusterAdminFromClient(h.client)
	if err != nil {
		h.t.Fatal(err)
	}

	no := "false"
	err = admin.IncrementalAlterConfig(sarama.BrokerResource, "", map[string]sarama.IncrementalAlterConfigsEntry{
		"transaction.partition.verification.enable": {Operation: op, Value: &no},
	}, false)
	if err != nil {
		h.t.Error(err)
	}
}

// begin returns a new epoch of a transactional id.
func (h *hanger) begin(id string) (producer int64, epoch int16) {
	for {
		b, err := h.client.TransactionCoordinator(id)
		if err != nil {
			h.t.Fatal(err)
		}

		r, err := b.InitProducerID(&sarama.InitProducerIDRequest{Version: 4, TransactionalID: &id,
			TransactionTimeout: time.Minute, ProducerID: -1, ProducerEpoch: -1})
		if err != nil {
			h.t.Fatal(err)
		}

		if r.Err == sarama.ErrNoError {
			return r.ProducerID, r.ProducerEpoch
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// hang leaves a record in partition 0 of a topic, in a transaction of id that hangs.
func (h *hanger) hang(id, topic, value string) {
	producer, epoch := h.begin(id)
	now := time.Now().Truncate(time.Millisecond)

	ask := &sarama.ProduceRequest{Version: 7, TransactionalID: &id, RequiredAcks: sarama.WaitForAll,
		Timeout: 10_000}
	ask.AddBatch(topic, 0, &sarama.RecordBatch{
		Version: 2, ProducerID: producer, ProducerEpoch: epoch, IsTransactional: true,
		FirstTimestamp: now, MaxTimestamp: now,
		Records: []*sarama.Record{{Key: []byte("k"), Value: []byte(value)}},
	})

	leader, err := h.client.Leader(topic, 0)
	if err != nil {
		h.t.Fatal(err)
	}

	r, err := leader.Produce(ask)
	if err != nil {
		h.t.Fatal(err)
	}

	if code := r.GetBlock(topic, 0).Err; code != sarama.ErrNoError {
		h.t.Fatalf("produce to %s: %v", topic, code)
	}
}

// hangPositions leaves a position of a group in a transaction of id that hangs.
func (h *hanger) hangPositions(id, group, topic string) {
	producer, epoch := h.begin(id)

	b, err := h.client.Coordinator(group)
	if err != nil {
		h.t.Fatal(err)
	}

	r, err := b.TxnOffsetCommit(&sarama.TxnOffsetCommitRequest{Version: 3, TransactionalID: id, GroupID: group,
		ProducerID: producer, ProducerEpoch: epoch, GenerationID: -1,
		Topics: map[string][]*sarama.PartitionOffsetMetadata{topic: {{Partition: 0, Offset: 0, LeaderEpoch: -1}}}})
	if err != nil {
		h.t.Fatal(err)
	}

	for _, p := range r.Topics[topic] {
		if p.Err != sarama.ErrNoError {
			h.t.Fatalf("positions of %s: %v", group, p.Err)
		}
	}
}

// abort ends a transaction of id that hangs in partition 0 of a topic, as its own producer can.
func (h *hanger) abort(id, topic string) {
	producer, epoch := h.begin(id)

	b, err := h.client.TransactionCoordinator(id)
	if err != nil {
		h.t.Fatal(err)
	}

	_, err = b.AddPartitionsToTxn(&sarama.AddPartitionsToTxnRequest{Version: 3, TransactionalID: id,
		ProducerID: producer, ProducerEpoch: epoch, TopicPartitions: map[string][]int32{topic: {0}}})
	r, err2 := b.EndTxn(&sarama.EndTxnRequest{Version: 3, TransactionalID: id, ProducerID: producer,
		ProducerEpoch: epoch})

	if err := errors.Join(err, err2); err != nil || r.Err != sarama.ErrNoError {
		h.t.Fatal(err, r)
	}
}

// start runs a worker of the target until stop is called.
func (a *target) start(t *testing.T) (w *processors.Worker, stop func()) {
	t.Helper()

	w, err := processors.NewWorker(a.config, a.topology())
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		_ = w.Run(ctx)
		close(done)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)

	return w, stop
}

// mustSettle sends an event, and checks that the worker has handled all of them once.
func (a *target) mustSettle(t *testing.T, w *processors.Worker) {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()

	err := processorstest.Settle(ctx, w)
	if err == nil {
		err = a.send(ctx)
	}

	if err == nil {
		err = processorstest.Settle(ctx, w)
	}

	if err == nil {
		err = a.check(ctx, w)
	}

	if err != nil {
		t.Fatal(err)
	}
}

// What hangs of a stage's own transactions is ended, whichever of its topics it hangs in, before the stage
// writes there. The stage could not start otherwise, or its next transaction would commit what hangs along
// with its own records.
func TestHangingTransactionsOfAStageAreEnded(t *testing.T) {
	h, brokers := newHanger(t)

	for what, workers := range map[string]string{"its own": "w", "those of a worker that is gone": "gone"} {
		for _, in := range []string{"changelog", "outputs", "positions"} {
			if workers == "gone" && in == "outputs" {
				continue // a producer of its own, which no stage here waits for
			}

			t.Run(what+", "+in, func(t *testing.T) {
				t.Parallel()

				a := newTarget(t, brokers)
				a.config.SessionTimeout = 2 * time.Second
				w, stop := a.start(t)
				a.mustSettle(t, w)
				stop()

				group := a.name + "." + a.name
				id := group + ":" + workers
				switch in {
				case "changelog":
					h.hang(id, group+"-table", `{"Seq":99}`)
				case "outputs":
					h.hang(id, string(a.sums), `{"Seq":99}`)
				case "positions":
					h.hangPositions(id, group, string(a.steps))
				}

				w, _ = a.start(t)
				a.mustSettle(t, w)
			})
		}
	}
}

var abortCommand = regexp.MustCompile(`kafka-transactions\.sh --bootstrap-server \S+ abort ` +
	`--topic (\S+) --partition 0 --start-offset \d+`)

// What hangs of others in an input is named, with the command that ends it, and the worker is not ready until
// it is ended.
func TestHangingTransactionOfAnotherProducerIsNamed(t *testing.T) {
	h, brokers := newHanger(t)

	a := newTarget(t, brokers)
	a.config.SessionTimeout = 2 * time.Second
	w, _ := a.start(t)
	a.mustSettle(t, w)

	other := a.name + "-other"
	h.hang(other, string(a.steps), `{"Seq":2}`)
	if err := a.send(t.Context()); err != nil {
		t.Fatal(err)
	}

	unready := await(t, w, func(err error) bool { return err != nil && abortCommand.MatchString(err.Error()) })
	told := abortCommand.FindStringSubmatch(unready)
	if told[1] != string(a.steps) || !strings.Contains(unready, other) {
		t.Errorf("the worker tells: %s", unready)
	}

	h.abort(other, string(a.steps))
	await(t, w, func(err error) bool { return err == nil })

	if err := processorstest.Settle(t.Context(), w); err != nil {
		t.Fatal(err)
	}

	if y, err := state.Of(w, a.table).Get(t.Context(), "k"); err != nil || y.Seq != 2 {
		t.Errorf("the row is %+v: %v", y, err)
	}
}

// await waits until a worker is ready, or why it is not, is as it should be, and returns why.
func await(t *testing.T, w *processors.Worker, good func(err error) bool) string {
	t.Helper()

	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		switch err := w.Readiness(); {
		case good(err) && err == nil:
			return ""
		case good(err):
			return err.Error()
		case time.Now().After(end):
			t.Fatalf("after a minute, the worker is not ready because of: %v", err)
		}
	}
}
