package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/topology"
)

type decision struct {
	Reason string   `json:"reason"`
	Action string   `json:"action" enum:"keep,rebook,refund"`
	Seats  uint8    `json:"seats"`
	Level  int      `json:"level,omitempty" enum:"1,2,3"`
	Day    string   `json:"day,omitempty" format:"date"`
	Legs   []leg    `json:"legs,omitempty"`
	Notes  []string `json:"notes,omitempty"`
}

const decided = `{"reason":"x","action":"keep","seats":1}`

// An answer that is not of the schema decides nothing, whatever the server holds the model to. The model is
// told each thing that is wrong, and where.
func TestAnswersAreHeldToTheirSchema(t *testing.T) {
	with := func(more string) string { return strings.TrimSuffix(decided, "}") + "," + more + "}" }

	const small = "must be an integer, at least 0, at most 255"

	for says, want := range map[string]string{
		`{}`: `field "reason" is missing: it must be a string
field "action" is missing: it must be one of "keep", "rebook", "refund"
field "seats" is missing: it must be an integer, at least 0, at most 255`,
		`null`:              `the answer must be an object, not null`,
		`"keep"`:            `the answer must be an object, not "keep"`,
		`[` + decided + `]`: `the answer must be an object, not [{"action":"keep","reason":"x","seats":1}]`,
		`{"reason":null,"action":"keep","seats":1}`: `field "reason" must be a string, not null`,
		`{"reason":"x","action":"teleport","seats":1}`: `field "action" must be one of ` +
			`"keep", "rebook", "refund", not "teleport"`,
		`{"reason":"x","action":"keep","seats":"1"}`: `field "seats" ` + small + `, not "1"`,
		`{"reason":"x","action":"keep","seats":300}`: `field "seats" ` + small + `, not 300`,
		`{"reason":"x","action":"keep","seats":1.5}`: `field "seats" ` + small + `, not 1.5`,
		`{"reason":"x","Action":"keep","seats":1}`: `field "action" is missing: it must be one of ` +
			`"keep", "rebook", "refund"` + "\n" + `there is no field "Action"`,
		with(`"level":4`):           `field "level" must be one of 1, 2, 3, not 4`,
		with(`"level":null`):        `field "level" must be one of 1, 2, 3, not null`,
		with(`"day":"2026-02-30"`):  `field "day" must be a string (date), not "2026-02-30"`,
		with(`"notes":null`):        `field "notes" must be an array, not null`,
		with(`"notes":["a",7]`):     `field "notes[1]" must be a string, not 7`,
		with(`"legs":[{"seat":7}]`): `field "legs[0].from" is missing: it must be a string`,
		with(`"seats":1e999999999`): `field "seats" must be a number of at most 400 digits, not 1e999999999`,
	} {
		m := llmtest.Says(says, decided)
		out, provenance, err := llm.Operator[string, decision]{Model: m}.Decide(t.Context(), "?")
		if err != nil || out.Action != "keep" || provenance[llm.DecidedBy] != llm.ByRepair {
			t.Errorf("%s: %+v by %s, %v", says, out, provenance[llm.DecidedBy], err)
			continue
		}

		told := "the reply is no llm_test.decision: " + want + "\n"
		if p := m.Prompts(); len(p) != 2 || !strings.Contains(p[1], told) {
			t.Errorf("%s: the model was told\n%s\nwant\n%s", says, p[1], want)
		}

		if _, _, err := (llm.Operator[string, decision]{Model: llmtest.Says(says)}).Decide(t.Context(),
			"?"); !errors.Is(err, llm.ErrInvalid) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// What a type reads by itself is named, too, when it does not.
func TestAnswersThatATypeCannotRead(t *testing.T) {
	type route struct {
		Name string     `json:"name"`
		Via  netip.Addr `json:"via"`
		Hops int64      `json:"hops"`
	}
	for says, want := range map[string]string{
		`{"name":"x","via":"1.2.3","hops":1}`:                 `field "via" must be as its type says (ParseAddr`,
		`{"name":"x","via":"::1","hops":9223372036854775808}`: `field "hops" must be as its type says (json: `,
	} {
		_, _, err := llm.Operator[string, route]{Model: llmtest.Says(says)}.Decide(t.Context(), "?")
		if !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", says, err, want)
		}

		tool := llm.NewTool("t", "", func(context.Context, route) (string, error) { return "", nil })
		_, err = tool.Call(t.Context(), []byte(says))
		if argument := (*llm.ArgumentError)(nil); !errors.As(err, &argument) || argument.Field == "" {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// An integer is one however it is written.
func TestAnswersMayWriteIntegersAsTheyLike(t *testing.T) {
	for _, seats := range []string{"2", "2.0", "0.2e1", "20e-1"} {
		says := strings.Replace(decided, `"seats":1`, `"seats":`+seats, 1)
		out, p, err := llm.Operator[string, decision]{Model: llmtest.Says(says)}.Decide(t.Context(), "?")
		if err != nil || out.Seats != 2 || p[llm.DecidedBy] != llm.ByModel {
			t.Errorf("%s: %+v, %v", seats, out, err)
		}
	}
}

type pick struct {
	Option int      `json:"option"`
	Big    int64    `json:"big,omitempty"`
	Price  float64  `json:"price,omitempty"`
	Really *bool    `json:"really,omitempty"`
	Rows   []uint16 `json:"rows,omitempty"`
	Text   string   `json:"text,omitempty"`
	Number string   `json:"number,omitempty"`
	Base   base     `json:"base,omitzero"`
	Quoted int      `json:"quoted,string,omitempty"`
}

// What may be chosen is offered as a value of the field's type, and an answer is compared as one.
func TestChoicesAreOfTheFieldsType(t *testing.T) {
	for _, c := range []struct{ field, offered, schema, yes, no string }{
		{"option", "3", `"type":"integer","enum":[3]`, `3`, `4`},
		{"option", "1000000", `"enum":[1000000]`, `1000000`, `1000001`},
		{"option", "1e6", `"enum":[1000000]`, `1e6`, `1e7`},
		{"big", "9007199254740993", `"enum":[9007199254740993]`, `9007199254740993`, `9007199254740992`},
		{"price", "2.50", `"enum":[2.50]`, `2.5`, `2.51`},
		{"really", "true", `"type":"boolean","enum":[true]`, `true`, `false`},
		{"rows", "7", `"items":{"type":"integer","enum":[7],"minimum":0,"maximum":65535}`, `[7,7]`, `[7,8]`},
		{"text", "3", `"type":"string","enum":["3"]`, `"3"`, `"03"`},
		{"quoted", "3", `"type":"string","enum":["3"]`, `"3"`, `"4"`},
	} {
		choices := map[string][]string{c.field: {c.offered}}
		schema, err := llm.Schema[pick](choices)
		if err != nil || !strings.Contains(string(schema), c.schema) {
			t.Errorf("%s: %s, %v", c.field, schema, err)
		}

		ask := func(value string) (pick, error) {
			says := `{"option":3,"` + c.field + `":` + value + `}`
			out, _, err := llm.Operator[string, pick]{
				Model:   llmtest.Says(says),
				Choices: func(string) map[string][]string { return choices },
			}.Decide(t.Context(), "?")
			return out, err
		}
		if out, err := ask(c.yes); err != nil {
			t.Errorf("%s: %s is %+v, %v", c.field, c.yes, out, err)
		}

		if _, err := ask(c.no); !errors.Is(err, llm.ErrInvalid) {
			t.Errorf("%s: %s is offered, it seems: %v", c.field, c.no, err)
		}

		// The same when the answer settles, and other things are offered by then.
		o := llm.Operator[string, pick]{Choices: func(string) map[string][]string { return choices }}
		var yes, no pick
		_ = json.Unmarshal([]byte(`{"`+c.field+`":`+c.yes+`}`), &yes)
		_ = json.Unmarshal([]byte(`{"`+c.field+`":`+c.no+`}`), &no)
		holds, fails := o.Check(t.Context(), "", yes), o.Check(t.Context(), "", no)
		if c.field != "option" && (holds != nil || fails == nil) {
			t.Errorf("%s: when it settles, %v and %v", c.field, holds, fails)
		}
	}

	for field, offered := range map[string]string{
		"option": "three", "big": "1.5", "rows": "70000", "really": "yes", "base": "a", "price": "",
	} {
		_, err := llm.Schema[pick](map[string][]string{field: {offered}})
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s, offered %q: %v", field, offered, err)
		}
	}
}

// What an operator can't do is known before its first event.
func TestATopologyReportsOperatorsThatCannotDecide(t *testing.T) {
	model := llmtest.Says("{}")
	typo := func(string) map[string][]string { return map[string][]string{"actoin": {"keep"}} }
	needsMore := func(s string) map[string][]string { return map[string][]string{"action": {s[:3]}} }

	for says, op := range map[string]topology.Operator[string, decision]{
		`async "decide": llm: llm_test.decision has no field "actoin" in JSON`: llm.Operator[string,
			decision]{Model: model, Instructions: "Decide.", Choices: typo},
		"": llm.Operator[string, decision]{ // it does not expect the zero case
			Model: model, Instructions: "Decide.", Choices: needsMore},
	} {
		validates(t, op, says)
	}
	validates(t, llm.Operator[string, tree]{Model: model, Instructions: "Decide."}, "")
	validates(t, llm.Operator[string, struct{ F func() }]{},
		`async "decide": llm: struct { F func() } has no`)
}

func validates[Out any](t *testing.T, op topology.Operator[string, Out], says string) {
	t.Helper()

	topo := topology.New("t")
	settled, _ := topology.Async(topology.From(topo, topology.Topic[string, string]("in")), "decide", op,
		topology.Policy[string]{})
	settled.To("out")

	err := topo.Validate()
	if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
		t.Errorf("%v; want %q", err, says)
	}
}
