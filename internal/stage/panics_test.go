package stage_test

import (
	"context"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// explosive is a codec that panics.
type explosive struct{}

func (explosive) Marshal(any) ([]byte, error) { panic("boom") }
func (explosive) Unmarshal([]byte, any) error { panic("boom") }
func explode[A, B any](A) (b B)               { panic("boom") }
func explode2[A, B, C any](A, B) (c C)        { panic("boom") }

// Law 8: a panic in a function of the user is the dead letter of that record, wherever the function is.
func TestLaw8EachFunctionThatPanics(t *testing.T) {
	type ints = topology.Stream[string, int]
	const in, out = topology.Topic[string, int]("in"), topology.Topic[string, int]("out")
	const row = topology.Table[string, int]("row")
	configured := func(topic topology.Topic[string, int], c topology.TopicConfig[int]) func(ints,
		*topology.Topology) {
		return func(s ints, d *topology.Topology) {
			topology.Configure(d, topic, c)
			s.To(out)
		}
	}

	asking := func(p topology.Policy[int]) func(ints, *topology.Topology) {
		return func(s ints, _ *topology.Topology) {
			answer := topology.Func[int, int](func(context.Context, int) (int, error) { return 0, nil })
			answers, _ := topology.Async(topology.Fold(row, s, topology.Latest), "op", answer, p)
			answers.To(out)
		}
	}

	for name, declare := range map[string]func(ints, *topology.Topology){
		"Filter":    func(s ints, _ *topology.Topology) { s.Filter(explode[int, bool]).To(out) },
		"Check":     func(s ints, _ *topology.Topology) { s.Check(explode[int, error]).To(out) },
		"Map":       func(s ints, _ *topology.Topology) { topology.Map(s, explode[int, int]).To(out) },
		"FlatMap":   func(s ints, _ *topology.Topology) { topology.FlatMap(s, explode[int, []int]).To(out) },
		"FilterMap": func(s ints, _ *topology.Topology) { topology.FilterMap(s, explode[int, *int]).To(out) },
		"Fold":      func(s ints, _ *topology.Topology) { topology.Fold(row, s, explode2[int, int, int]) },
		"Apply": func(s ints, _ *topology.Topology) {
			topology.Apply(row, s, func(int, int) (int, []int) { panic("boom") }).To(out)
		},
		"Rekey": func(s ints, _ *topology.Topology) {
			topology.Rekey(s, out, func(int, string) (string, int) { panic("boom") })
		},
		"Policy.Deadline": asking(topology.Policy[int]{Deadline: explode[int, time.Time]}),
		"Policy.Tenant":   asking(topology.Policy[int]{Tenant: explode[int, string]}),
		"Policy.Priority": asking(topology.Policy[int]{Priority: explode[int, int64]}),
		"Join": func(s ints, _ *topology.Topology) {
			topology.Join(topology.Fold(row, s, topology.Latest), row, explode2[int, int, int]).To(out)
		},
		"TopicConfig.Time": configured(in, topology.TopicConfig[int]{Time: explode[int, time.Time]}),
		"TopicConfig.Headers": configured(out, topology.TopicConfig[int]{
			Headers: explode[int, map[string]string],
		}),
		"Codec.Unmarshal": configured(in, topology.TopicConfig[int]{Codec: explosive{}}),
		"Codec.Marshal":   configured(out, topology.TopicConfig[int]{Codec: explosive{}}),
	} {
		t.Run(name, func(t *testing.T) {
			d := topology.New("panics")
			declare(topology.From(d, in), d)

			p, err := d.Plan()
			if err != nil {
				t.Fatal(err)
			}
			m := stage.New(p, &p.Stages[0], stage.Options{})

			e, err := m.Event(stage.Message{Topic: "in", Key: "k", Value: []byte("3")}, &stage.Row{}, nil)
			if err != nil || e.DeadLetters != 1 {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
}
