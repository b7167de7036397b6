package view_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/view"
)

// silent is an operator with nothing to say.
var silent = topology.Func[string, string](func(context.Context, string) (string, error) { return "", nil })

// A view that is declared in a way that can't be meant is refused, by its name, before anything runs.
func TestValidate(t *testing.T) {
	const (
		asks   topology.Topic[string, string]                      = "asks"
		echoes topology.Topic[string, view.Renewed[string]]        = "echoes"
		heard  topology.Table[string, string]                      = "heard"
		said   topology.Table[string, view.Answer[string, string]] = "said"
	)
	type config = view.Config[string, string, string, string]

	for name, test := range map[string]struct {
		change func(*config)
		want   string // "": it is fine
	}{
		"it states both": {func(*config) {}, ""},
		"no least interval": {func(c *config) { c.Every = 0 },
			`view "said" may feed itself: it reads table "heard"`},
		"no bound of hops": {func(c *config) { c.Hops = 0 },
			`view "said" may feed itself: it reads table "heard"`},
		"it reads its own": {func(c *config) { c.Hops, c.Reads = 0, []view.Source{view.Of(said, nil)} },
			`it reads table "said"`},
		"it reads nothing": {func(c *config) { c.Hops, c.Reads = 0, nil }, ""},
		"a negative number": {func(c *config) { c.MaxRows = -1 },
			`view "said": Every, Hops, Rest, MaxRows and MaxBytes can't be negative`},
		"Reads of the policy": {func(c *config) { c.Policy.Reads = []topology.Readable{heard} },
			`name the tables in Config.Reads`},
		"no operator":           {func(c *config) { c.Operator = nil }, "the operator is nil"},
		"a table that is taken": {func(c *config) { c.Name = "said" }, `"said" is`},
	} {
		t.Run(name, func(t *testing.T) {
			c := config{Name: "say", Table: said, Operator: silent, Every: time.Second, Hops: 3,
				Reads: []view.Source{view.Of(heard, nil)}}
			test.change(&c)

			declared := topology.New("echo")
			renewed, _ := view.Keep(declared, topology.From(declared, asks), c)
			renewed.To(echoes)
			topology.Fold(heard, topology.From(declared, echoes),
				func(_ string, r view.Renewed[string]) string { return r.New })

			switch err := declared.Validate(); {
			case test.want == "" && err != nil:
				t.Errorf("it is refused: %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("it is refused because of %v, want %q", err, test.want)
			}
		})
	}
}

// A question that is no case needs steps that make it one.
func TestValidateWithoutACase(t *testing.T) {
	declared := topology.New("echo")
	view.Keep(declared, topology.From(declared, topology.Topic[string, int]("asks")),
		view.Config[string, int, string, string]{Name: "say", Table: "said", Operator: silent})

	if err := declared.Validate(); err == nil || !strings.Contains(err.Error(), "Case is nil") {
		t.Errorf("it is refused because of %v", err)
	}
}
