package stage_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// A looker is a row that has read others.
type looker struct {
	Reads []plan.Read
	At    time.Time
	Looks int
}

// woken returns the machine of a table of lookers, whose step counts how often they are woken.
func woken(t *testing.T) *stage.Machine {
	t.Helper()

	const table topology.Table[string, looker] = "lookers"
	declared := topology.New("test")
	topology.Fold(table, topology.From(declared, topology.Topic[string, looker]("news")), topology.Latest)
	row := plan.TypeOf[string, looker]()
	topology.Stream[string, string]{}.Extend(declared, plan.Node{
		Kind: plan.KindWake,
		Name: string(table),
		Row:  &row,
		Wake: &plan.Wake{
			Waits: func(row any) plan.Waits {
				l, _ := row.(looker)
				return plan.Waits{At: l.At, Reads: l.Reads}
			},
			Step: func(row any, w plan.Woken) (any, []any) {
				l := row.(looker)
				l.Looks++
				return l, nil
			},
			Ends: true,
		},
	})

	p, err := declared.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return stage.New(p, p.Stage(string(table)), stage.Options{})
}

func (l looker) row() *stage.Row {
	b, _ := json.Marshal(l)
	return &stage.Row{Bytes: b, Version: 1}
}

// rows are copies of tables: the rows by table/key, and their versions.
type rows map[string]plan.ReadRow

func (r rows) Lookup(table, key string) ([]byte, int64, error) {
	row := r[table+"/"+key]
	return row.Value, row.Version, nil
}

func (r rows) Scan(table, prefix string, f func(string, []byte, int64) bool) error {
	for name, row := range r { // at most one here
		if key, ok := strings.CutPrefix(name, table+"/"); ok && strings.HasPrefix(key, prefix) {
			f(key, row.Value, row.Version)
		}
	}
	return nil
}

// isWoken reports whether the index names the row, and the machine then finds a reason.
func isWoken(t *testing.T, m *stage.Machine, w *stage.Wakes, row *stage.Row, copies stage.Copies) bool {
	t.Helper()

	key, sure, ok := w.Next()
	if !ok {
		return false
	}

	e, err := m.Wake(key, row, copies, sure)
	if err != nil {
		t.Fatal(err)
	}
	return !e.Ignored
}

// After a rebalance, a copy may lack what another worker has read. It is waited for: what it has not yet is
// no change, and what it still has not after a while is gone.
func TestACopyThatIsBehindIsNoChange(t *testing.T) {
	read := plan.ReadRow{Key: "a", Version: 5, Value: json.RawMessage(`"new"`)}
	older := plan.ReadRow{Key: "a", Version: 4, Value: json.RawMessage(`"old"`)}

	for name, test := range map[string]struct {
		then  plan.ReadRow
		woken bool
	}{
		"it catches up": {read, false},
		"it was right":  {older, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, copies := woken(t), rows{"goods/a": older}
				reads := []plan.Read{{Table: "goods", Key: "a", Rows: []plan.ReadRow{read}}}
				row := looker{Reads: reads}.row()
				w := stage.NewWakes(m, copies, time.Second, func() {})
				defer w.Close()

				if err := w.Row("k", row); err != nil {
					t.Fatal(err)
				}
				w.Changed("goods", "a") // on its way

				if isWoken(t, m, w, row, copies) {
					t.Error("it was woken because the copy is behind")
				}

				copies["goods/a"] = test.then
				time.Sleep(2 * time.Second)
				synctest.Wait()

				if got := isWoken(t, m, w, row, copies); got != test.woken {
					t.Errorf("later it was woken: %v, want %v", got, test.woken)
				}
			})
		})
	}
}

// A row is woken by what it has read alone, at its time, and never by what it waited for before.
func TestARowIsWokenByWhatItWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := woken(t)
		is := plan.ReadRow{Key: "ab", Version: 1, Value: json.RawMessage(`1`)}
		copies := rows{"goods/ab": is}
		reads := func(r ...plan.Read) looker { return looker{Reads: r} }
		w := stage.NewWakes(m, copies, 0, func() {})
		defer w.Close()

		for _, test := range []struct {
			what    string
			is      looker
			changed string // a good
			woken   bool
		}{
			{"a row that is as it was read", reads(plan.Read{Table: "goods", Key: "ab",
				Rows: []plan.ReadRow{is}}), "ab", false},
			{"a row that is another", reads(plan.Read{Table: "goods", Key: "ab",
				Rows: []plan.ReadRow{{Key: "ab", Version: 1, Value: json.RawMessage(`0`)}}}), "", true},
			{"a row that was not there", reads(plan.Read{Table: "goods", Key: "ab"}), "", true},
			{"a new row of a range", reads(plan.Read{Table: "goods", Key: "a", IsRange: true}),
				"", true},
			{"a range that ends before", reads(plan.Read{Table: "goods", Key: "a", IsRange: true,
				Last: "aa"}), "ab", false},
			{"a row of another table", reads(plan.Read{Table: "others", Key: "ab"}), "ab", false},
			{"a time that has come", looker{At: time.Now()}, "", true},
			{"a time that is to come", looker{At: time.Now().Add(time.Hour)}, "ab", false},
		} {
			row := test.is.row()
			if err := w.Row("k", row); err != nil {
				t.Fatal(err)
			}

			if test.changed != "" {
				w.Changed("goods", test.changed)
			}

			if got := isWoken(t, m, w, row, copies); got != test.woken {
				t.Errorf("%s: woken %v, want %v", test.what, got, test.woken)
			}
		}

		time.Sleep(2 * time.Hour)
		synctest.Wait()

		if key, _, ok := w.Next(); !ok || key != "k" {
			t.Error("the time of a row has passed, and it is not named")
		}
	})
}
