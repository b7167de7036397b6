package processors_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// pythonEnv names the folder in which confluent-kafka, a Python client of Kafka, was installed.
const pythonEnv = "SLIPSTREAM_TEST_PYTHON"

// foreign runs testdata/foreign.py.
func foreign(t *testing.T, args ...string) []byte {
	t.Helper()

	dir := os.Getenv(pythonEnv)
	if dir == "" {
		t.Skipf("%s names no folder with confluent-kafka", pythonEnv)
	}

	cmd := exec.CommandContext(t.Context(), "python3", append([]string{"testdata/foreign.py"}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+dir)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("foreign.py %v: %v\n%s", args, err, &errs)
	}

	return out
}

type payment struct {
	Payer  string `json:"payer"`
	Amount int    `json:"amount"`
}

const (
	payments topology.Topic[string, payment] = "payments"
	receipts topology.Topic[string, payment] = "receipts"
	rulings  topology.Topic[string, string]  = "rulings"
	paid     topology.Table[string, int]     = "paid"
)

// till joins payments to what each payer has paid before, and asks about those that cross a line.
func till() *topology.Topology {
	t := topology.New("till")
	payer := func(p payment) string { return p.Payer }
	topology.Configure(t, payments, topology.TopicConfig[payment]{Key: payer})
	add := func(sum int, p payment) int { return sum + p.Amount }
	added := topology.Fold(paid, topology.From(t, payments), add)
	added.To(receipts)

	sums := topology.Join(added, paid, func(_ payment, sum int) int { return sum })
	rule := topology.Func[int, string](func(context.Context, int) (string, error) {
		return "a good customer", nil
	})
	sums = sums.Filter(func(sum int) bool { return sum == 10 })
	ruled, _ := topology.Async(sums, "rule", rule, topology.Policy[int]{})
	ruled.To(rulings)

	return t
}

// Producers with another partitioner, and without keys, feed a table by key. A consumer in Python reads what
// events and decisions say of themselves.
func TestForeignProducersAndConsumers(t *testing.T) {
	b := brokerUnderTest(t)
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 5}, till())
	foreign(t, "produce", b.Addr(), string(payments))
	settle(t, w)

	for i := range 30 {
		var sum int
		key := fmt.Sprint("p-", i)
		if _, err := w.Row(t.Context(), string(paid), key, &sum); err != nil || sum != 10 {
			t.Errorf("%s has paid %d, want 10: %v", key, sum, err)
		}
	}

	every := []string{"ce_id", "ce_type", "ce_source", "ce_time", "ce_recordedtime", "content-type"}
	for topic, want := range map[string]struct {
		n       int
		headers []string
	}{
		string(receipts): {300, every},
		string(rulings):  {30, append(every, "ce_attempts", "ce_rows")},
	} {
		ids := map[string]bool{}
		lines := bufio.NewScanner(bytes.NewReader(foreign(t, "consume", b.Addr(), topic, fmt.Sprint(want.n))))
		for lines.Scan() {
			var r struct {
				Key     string
				Headers map[string]string
			}
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				t.Fatal(err)
			}

			for _, name := range want.headers {
				if r.Headers[name] == "" {
					t.Fatalf("a record of %s has no header %s: %v", topic, name, r.Headers)
				}
			}
			ids[r.Headers["ce_id"]] = true
		}

		if len(ids) != want.n {
			t.Errorf("%s has %d ids, want %d", topic, len(ids), want.n)
		}
	}
}
