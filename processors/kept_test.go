package processors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

type (
	keptOrder struct {
		Seq, Amount int
		Note        string `json:",omitempty"`
	}
	keptAccount  struct{ Seq, Sum, Wrong, Judged int }
	keptTotal    struct{ Seq, Sum int }
	keptQuestion struct {
		Order keptOrder
		Row   keptAccount
	}
	keptVerdict struct {
		Seq int
		By  string
	}
)

const (
	keptOrders   topology.Topic[string, keptOrder]   = "orders"
	keptSums     topology.Topic[string, keptTotal]   = "sums"
	keptVerdicts topology.Topic[string, keptVerdict] = "verdicts"
	keptAccounts topology.Table[string, keptAccount] = "accounts"
	keptLatest   topology.Table[string, keptTotal]   = "latest"
)

// kept is the topology whose state testdata/kept has: generate.go there declares the same. Accounts follow
// orders, which are numbered; a large order is judged, on record; a second stage keeps the latest sum.
func kept(judge topology.Operator[keptQuestion, keptVerdict]) *topology.Topology {
	t := topology.New("kept")
	add := func(a keptAccount, o keptOrder) keptAccount {
		if o.Note == "close" {
			return keptAccount{}
		}

		if o.Seq != a.Seq+1 {
			a.Wrong++
		}
		a.Seq, a.Sum = o.Seq, a.Sum+o.Amount
		return a
	}
	counted := topology.Fold(keptAccounts, topology.From(t, keptOrders), add)
	sum := func(o keptOrder, a keptAccount) keptTotal { return keptTotal{o.Seq, a.Sum} }
	topology.Join(counted, keptAccounts, sum).To(keptSums)

	large := counted.Filter(func(o keptOrder) bool { return o.Amount >= 100 })
	question := func(o keptOrder, a keptAccount) keptQuestion { return keptQuestion{o, a} }
	policy := topology.Policy[keptQuestion]{Reads: []topology.Readable{keptLatest}, Record: true}
	settled, _ := topology.Async(topology.Join(large, keptAccounts, question), "judge", judge, policy)
	settled.To(keptVerdicts)
	topology.Fold(keptAccounts, settled, func(a keptAccount, _ keptVerdict) keptAccount {
		a.Judged++
		return a
	})
	topology.Fold(keptLatest, topology.From(t, keptSums), topology.Latest)

	return t
}

// A keptJudge answers when it may.
type keptJudge struct {
	may   chan struct{} // closed when it may
	mu    sync.Mutex
	cases []keptQuestion // it was asked
}

func (j *keptJudge) decide(ctx context.Context, q keptQuestion) (keptVerdict, error) {
	j.mu.Lock()
	j.cases = append(j.cases, q)
	j.mu.Unlock()

	if _, err := topology.Get(ctx, keptLatest, "ann"); err != nil {
		return keptVerdict{}, err
	}

	select {
	case <-j.may:
		return keptVerdict{q.Order.Seq, "second judge"}, nil
	case <-ctx.Done():
		return keptVerdict{}, ctx.Err()
	}
}

// asked are the cases so far, in an order of their own.
func (j *keptJudge) asked() (all []string) {
	j.mu.Lock()
	defer j.mu.Unlock()

	for _, q := range j.cases {
		all = append(all, fmt.Sprintf("%+v", q))
	}
	slices.Sort(all)
	return all
}

// An upgrade takes up what lasts on users' topics and disks: rows and their versions, the events that wait,
// positions, the journal. Without this, it loses what an older worker has computed, or asks and counts it
// twice.
func TestKeptState(t *testing.T) {
	for name, withStore := range map[string]bool{"with store": true, "from changelog alone": false} {
		t.Run(name, func(t *testing.T) {
			b := broker(t)
			restoreTopics(t, b)

			dir := t.TempDir()
			if withStore {
				restoreStore(t, b, dir)
				expectOffsets(t, dir)
			}
			var warnings strings.Builder

			judge := &keptJudge{may: make(chan struct{})}
			w := run(t, processors.Config{
				Brokers:        []string{b.Addr()},
				Dir:            dir,
				SessionTimeout: time.Minute, // one session on a busy machine, too: no call is cut off
				Logger: slog.New(slog.NewTextHandler(&warnings,
					&slog.HandlerOptions{Level: slog.LevelWarn})),
			}, kept(topology.Func[keptQuestion, keptVerdict](judge.decide)))
			settle(t, w)
			expectTakenUp(t, w, judge)

			close(judge.may)
			settle(t, w)
			expectAnsweredOnce(t, b, judge)

			sendNext(t, b)
			settle(t, w)
			expectContinued(t, b, w)
			expectJournal(t, read(t, b, "kept.journal"), read(t, b, "kept.journal-parts"))

			if former := storesIn(t, dir, "tables", "copies"); len(former) > 0 {
				t.Errorf("the stores of the former format are left: %q", former)
			}

			if len(storesIn(t, dir, "tables-2", "copies-2")) == 0 {
				t.Error("the worker has no stores")
			}
			expectNoWayBack(t, b)

			if warnings.Len() > 0 {
				t.Errorf("the worker has warned:\n%s", &warnings)
			}
		})
	}
}

// expectTakenUp wants the rows as they were, and the first event of each key asked that waits.
func expectTakenUp(t *testing.T, w running, judge *keptJudge) {
	t.Helper()
	expectRows(t, w, keptAccounts, map[string]string{
		"ann":  "{Seq:2 Sum:150 Wrong:0 Judged:1} @3",
		"bob":  "{Seq:3 Sum:350 Wrong:0 Judged:1} @4",
		"cleo": "{Seq:2 Sum:150 Wrong:0 Judged:1} @3",
		"dan":  "{Seq:4 Sum:650 Wrong:0 Judged:1} @5",
		"eve":  "{Seq:0 Sum:0 Wrong:0 Judged:0} @0", // without a row, but with an event that waits
		"gus":  "{Seq:5 Sum:651 Wrong:0 Judged:1} @6",
		"jon":  "{Seq:0 Sum:0 Wrong:0 Judged:0} @0", // deleted
	})
	expectRows(t, w, keptLatest, map[string]string{
		"ann":  "{Seq:2 Sum:150} @2",
		"bob":  "{Seq:3 Sum:350} @3",
		"cleo": "{Seq:2 Sum:150} @2",
		"dan":  "{Seq:4 Sum:650} @4",
		"eve":  "{Seq:3 Sum:0} @3",
		"gus":  "{Seq:5 Sum:651} @5",
		"jon":  "{Seq:2 Sum:0} @2",
	})
	expectLines(t, "asked", judge.asked(), []string{
		"{Order:{Seq:3 Amount:100 Note:close} Row:{Seq:0 Sum:0 Wrong:0 Judged:0}}",
		"{Order:{Seq:3 Amount:200 Note:hard, first} Row:{Seq:5 Sum:651 Wrong:0 Judged:1}}",
		"{Order:{Seq:3 Amount:200 Note:hard} Row:{Seq:3 Sum:350 Wrong:0 Judged:1}}",
		"{Order:{Seq:3 Amount:400 Note:hard <&> \n ü} Row:{Seq:4 Sum:650 Wrong:0 Judged:1}}",
	})
}

// expectAnsweredOnce wants one verdict on each event that waited. Attempts of before count.
func expectAnsweredOnce(t *testing.T, b *devkafka.Broker, judge *keptJudge) {
	t.Helper()

	if n := len(judge.asked()); n != 6 {
		t.Errorf("the six events that waited were asked %d times", n)
	}
	expectLines(t, "verdicts", newVerdicts(t, b), []string{
		"bob: 3 by second judge, attempt 3 of orders/0/4, traced",
		"dan: 3 by second judge, attempt 3 of orders/0/5",
		"dan: 4 by second judge, attempt 1 of orders/0/6",
		"eve: 3 by second judge, attempt 3 of orders/2/7",
		"gus: 3 by second judge, attempt 3 of orders/1/4",
		"gus: 4 by second judge, attempt 1 of orders/1/5",
	})
}

// sendNext sends the next order of each key.
func sendNext(t *testing.T, b *devkafka.Broker) {
	t.Helper()

	client, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	for key, seq := range map[string]int{"ann": 3, "bob": 4, "cleo": 3, "dan": 5, "eve": 1, "gus": 6,
		"jon": 1} {
		value := fmt.Appendf(nil, `{"Seq":%d,"Amount":100}`, seq)

		err := client.Send(t.Context(), topology.Record{Topic: string(keptOrders), Key: key, Value: value})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// expectContinued wants sequences and versions to go on from where they were, and no new dead letter.
func expectContinued(t *testing.T, b *devkafka.Broker, w running) {
	t.Helper()
	expectRows(t, w, keptAccounts, map[string]string{
		"ann":  "{Seq:3 Sum:250 Wrong:0 Judged:2} @5",
		"bob":  "{Seq:4 Sum:450 Wrong:0 Judged:3} @7",
		"cleo": "{Seq:3 Sum:250 Wrong:0 Judged:2} @5",
		"dan":  "{Seq:5 Sum:750 Wrong:0 Judged:4} @9",
		"eve":  "{Seq:1 Sum:100 Wrong:0 Judged:2} @3",
		"gus":  "{Seq:6 Sum:751 Wrong:0 Judged:4} @10",
		"jon":  "{Seq:1 Sum:100 Wrong:0 Judged:1} @2",
	})
	expectRows(t, w, keptLatest, map[string]string{"ann": "{Seq:3 Sum:250} @3", "jon": "{Seq:1 Sum:100} @3"})

	if n := len(newVerdicts(t, b)); n != 6+7 {
		t.Errorf("%d verdicts on 13 orders", n)
	}

	if n := len(read(t, b, "kept.dead-letters")); n != 1 {
		t.Errorf("%d dead letters, one of which was there", n)
	}
}

// storesIn lists the folders of the stores of some kinds.
func storesIn(t *testing.T, dir string, kinds ...string) (all []string) {
	t.Helper()

	for _, kind := range kinds {
		stores, err := filepath.Glob(filepath.Join(dir, "state", kind, "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, stores...)
	}

	return all
}

// expectNoWayBack wants no event in the headers of a row any more, and in each partition a header that a
// worker of the version before can't read: it would forget what waits.
func expectNoWayBack(t *testing.T, b *devkafka.Broker) {
	t.Helper()

	last, marked := map[string]topology.Record{}, map[int32]bool{}
	for _, r := range read(t, b, "kept.accounts-table") {
		last[r.Key] = r
		if r.Key == "" {
			marked[r.Partition] = r.Headers["slipstream-pending-cells"] != "" && string(r.Value) == "null"
		}
	}

	for key, r := range last {
		for name := range r.Headers {
			if key != "" && strings.HasPrefix(name, "slipstream-pending-") {
				t.Errorf("row %s still has %s", key, name)
			}
		}
	}

	if len(marked) != 3 || !marked[0] || !marked[1] || !marked[2] {
		t.Errorf("marked are the partitions %v of 3", marked)
	}
}

// expectRows compares rows, each with its version.
func expectRows[V any](t *testing.T, w running, table topology.Table[string, V], want map[string]string) {
	t.Helper()

	for _, key := range slices.Sorted(maps.Keys(want)) {
		var v V
		f, err := w.Row(t.Context(), string(table), key, &v)
		if got := fmt.Sprintf("%+v @%d", v, f.Version); err != nil || got != want[key] {
			t.Errorf("row %s/%s is %s, want %s (%v)", table, key, got, want[key], err)
		}
	}
}

func expectLines(t *testing.T, what string, got, want []string) {
	t.Helper()

	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%q\nwant:\n%q", what, got, want)
	}
}

// newVerdicts describes the verdicts that the restored state does not have, by key and in order, and each
// whose id was there before.
func newVerdicts(t *testing.T, b *devkafka.Broker) (lines []string) {
	t.Helper()
	all := read(t, b, string(keptVerdicts))
	slices.SortStableFunc(all, func(a, b topology.Record) int { return strings.Compare(a.Key, b.Key) })

	ids := map[string]bool{}
	for _, r := range all {
		var v keptVerdict
		if err := json.Unmarshal(r.Value, &v); err != nil {
			t.Error(err)
		}

		attempt := r.Headers["ce_attempts"]
		line := fmt.Sprintf("%s: %d by %s, attempt %s of orders/%s", r.Key, v.Seq, v.By, attempt,
			position(r.ID))
		if r.Headers["traceparent"] != "" {
			line += ", traced"
		}

		switch {
		case ids[r.ID]:
			lines = append(lines, line+", again")
		case v.By != "first judge":
			lines = append(lines, line)
		}
		ids[r.ID] = true
	}

	return lines
}

// position is the end of a decision's id, after that of the topic: partition/offset.
func position(id string) string {
	parts := strings.Split(id, "/")
	return strings.Join(parts[max(len(parts)-2, 0):], "/")
}

// expectJournal wants every decision on record, with all that it refers to.
func expectJournal(t *testing.T, records, parts []topology.Record) {
	t.Helper()

	var log journal.Log
	for _, r := range records {
		if err := log.Add(r.Key, r.Value); err != nil {
			t.Error(err)
		}
	}

	for _, r := range parts {
		log.AddPart(r.Key, r.Value)
	}

	by := map[string]int{}
	for _, r := range log.Records() {
		var v keptVerdict

		err := json.Unmarshal(r.Answer, &v)
		if err != nil || r.Outcome != journal.Taken || r.Operator != "judge" {
			t.Errorf("decision %s: %s %q, %v", r.ID, r.Outcome, r.Answer, err)
		}

		by[v.By]++
		expectEntry(t, log.Entry(r))
	}

	if by["first judge"] != 6 || by["second judge"] != 6+7 {
		t.Errorf("decisions on record: %v", by)
	}
}

// expectEntry wants that the rows and texts of a record are there.
func expectEntry(t *testing.T, e journal.Entry) {
	t.Helper()

	if len(e.Rows) != 1 || len(e.Reads) != 1 {
		t.Errorf("decision %s refers to the rows %q and reads %v", e.ID, e.Rows, e.Reads)
	}

	refs := slices.Clone(e.Rows)
	for _, r := range e.Reads {
		if r.Scan == "" {
			refs = append(refs, r.Ref)
			continue
		}

		passed, err := e.Passed(r)
		if err != nil || len(passed) != 7 {
			t.Errorf("decision %s: scan %s passed %q, %v", e.ID, r.Scan, passed, err)
		}
		refs = append(refs, passed...)
	}

	for _, ref := range refs {
		if row, err := e.Row(ref); err != nil || (row == nil) == ref.Written() {
			t.Errorf("decision %s: row %s is %q, %v", e.ID, ref, row, err)
		}
	}

	for _, n := range e.Notes {
		if text, err := e.Text(n); err != nil || text == "" {
			t.Errorf("decision %s: note %s is %q, %v", e.ID, n.Name, text, err)
		}
	}
}
