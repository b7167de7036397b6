package view_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
	"github.com/slipstream-go/slipstream/topology/view"
)

const (
	echoAsks  topology.Topic[string, string]                   = "asks"
	echoNews  topology.Topic[string, int]                      = "news"
	echoSaid  topology.Topic[string, view.Renewed[int]]        = "said"
	echoHeard topology.Table[string, int]                      = "heard"
	echoKept  topology.Table[string, view.Answer[string, int]] = "kept"
)

// A fallback answers by rule where the model's answer is refused, or the model is not asked.
type fallback struct {
	calls, given int
	refuse       bool
}

func (f *fallback) Decide(ctx context.Context, q string) (int, topology.Provenance, error) {
	f.calls++
	n, err := topology.Get(ctx, echoHeard, q)
	return n, nil, err
}

func (f *fallback) Check(_ context.Context, _ string, n int) error {
	if f.refuse && n != -1 {
		return errors.New("no")
	}
	return nil
}

func (f *fallback) GiveUp(string, error) (int, error) {
	if f.given++; f.given > 50 { // so that the test ends
		return 0, errors.New("enough")
	}
	return -1, nil
}

// An answer by rule is looked at again once for each change, as any other.
func TestAFallbackIsNotAskedForEver(t *testing.T) {
	for _, mode := range []string{"rules-only", "refused"} {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fallback{}
				d := topology.New("echo")
				questions := topology.From(d, echoAsks)
				renewed, _ := view.Keep(d, questions, view.Config[string, string, string, int]{
					Name: "say", Table: echoKept, Operator: f, Reads: []view.Source{view.Of(echoHeard, nil)},
				})
				renewed.To(echoSaid)
				topology.Fold(echoHeard, topology.From(d, echoNews), topology.Latest)
				e := topologytest.Memory(t, d)
				topologytest.Send(e, echoAsks, "k", "k")
				e.Advance(time.Hour)
				if mode == "refused" {
					f.refuse = true
				} else if err := e.(interface {
					SetMode(context.Context, string, string) error
				}).SetMode(t.Context(), "say", mode); err != nil {
					t.Fatal(err)
				}
				topologytest.Send(e, echoNews, "k", 7)
				e.Advance(time.Minute)
				if f.given > 2 {
					t.Errorf("after one change: %d answers by rule, %d by the model", f.given, f.calls)
				}
			})
		})
	}
}

// A question that is replaced while it is asked has an answer, with Policy.Latest, too.
func TestAViewOfTheNewestQuestionHasItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		say := func(ctx context.Context, q string) (int, error) {
			select {
			case <-time.After(10 * time.Second):
				return len(q), nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		d := topology.New("echo")
		renewed, _ := view.Keep(d, topology.From(d, echoAsks), view.Config[string, string, string, int]{
			Name: "say", Table: echoKept, Operator: topology.Func[string, int](say),
			Policy: topology.Policy[string]{Latest: true},
		})
		renewed.To(echoSaid)
		e := topologytest.Memory(t, d)
		topologytest.Send(e, echoAsks, "k", "a")
		e.Advance(time.Second)
		topologytest.Send(e, echoAsks, "k", "bb")
		e.Advance(time.Hour)
		var row view.Answer[string, int]
		_, err := e.Row(t.Context(), string(echoKept), "k", &row)
		if err != nil || row.Value != 2 || row.Failed != "" {
			t.Errorf("%v, %+v", err, row)
		}
	})
}
