package llm_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

type leg struct {
	From string `json:"from"`
	Seat *int   `json:"seat,omitempty"`
}

type plan struct {
	Reason string   `json:"reason"`
	Action string   `json:"action"`
	Tags   []string `json:"tags"`
	Legs   []leg    `json:"legs,omitempty"`
}

func TestSchemaIsInlineInOrderAndClosed(t *testing.T) {
	got, err := llm.Schema[plan](map[string][]string{"action": {"keep", "rebook"}, "tags": {"late", "vip"}})
	if err != nil {
		t.Fatal(err)
	}

	const want = `{"type":"object","properties":{"reason":{"type":"string"},"action":{"type":"string","enum":["keep","rebook"]},` +
		`"tags":{"type":"array","items":{"type":"string","enum":["late","vip"]}},` +
		`"legs":{"type":"array","items":{"type":"object","properties":{"from":{"type":"string"},"seat":{"type":"integer"}},"required":["from"],"additionalProperties":false}}},` +
		`"required":["reason","action","tags"],"additionalProperties":false}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

type airport string

// MarshalText implements encoding.TextMarshaler.
func (a airport) MarshalText() ([]byte, error) { return []byte(a), nil }

// dollars are written as a whole number, and say so.
type dollars int

// MarshalJSON implements json.Marshaler.
func (d dollars) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%d", d), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (d *dollars) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, (*int)(d)) }

// JSONSchema says what MarshalJSON writes.
func (d dollars) JSONSchema() json.RawMessage {
	return json.RawMessage(`{"type":"integer","minimum":0}`)
}

type (
	window struct{ From, To int }

	base struct {
		ID string `json:"id"`
	}

	everything struct {
		base
		Why    string            `json:"why" jsonschema:"a reason, in a few words"`
		Day    string            `json:"day" format:"date"`
		At     time.Time         `json:"at"`
		Kinds  []string          `json:"kinds" enum:"window,aisle"`
		Size   int               `json:"size" enum:"1,2"`
		Origin *airport          `json:"origin,omitempty"`
		Price  dollars           `json:"price,omitempty"`
		Extra  json.RawMessage   `json:"extra,omitempty" jsonschema:"anything"`
		Named  map[string]window `json:"named,omitzero"`
		Hidden string            `json:"hidden" jsonschema:"-"`
		Never  string            `json:"-"`
	}
)

// A Go field is one property, whose type, description and choices reach the model.
func TestSchemaOfGoTypes(t *testing.T) {
	got, err := llm.Schema[everything](nil)
	if err != nil {
		t.Fatal(err)
	}
	const window = `{"type":"object","properties":{"From":{"type":"integer"},"To":{"type":"integer"}},` +
		`"required":["From","To"],"additionalProperties":false}`

	const want = `{"type":"object","properties":{"id":{"type":"string"},` +
		`"why":{"type":"string","description":"a reason, in a few words"},` +
		`"day":{"type":"string","format":"date"},` +
		`"at":{"type":"string","format":"date-time"},` +
		`"kinds":{"type":"array","items":{"type":"string","enum":["window","aisle"]}},` +
		`"size":{"type":"integer","enum":[1,2]},` +
		`"origin":{"type":"string"},` +
		`"price":{"type":"integer","minimum":0},` +
		`"extra":{"description":"anything"},` +
		`"named":{"type":"object","additionalProperties":` + window + `}},` +
		`"required":["id","why","day","at","kinds","size"],"additionalProperties":false}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSchemaRefusesChoicesThatCannotBeMeant(t *testing.T) {
	for field, offers := range map[string][]string{"actoin": {"keep"}, "action": {}} {
		if _, err := llm.Schema[plan](map[string][]string{field: offers}); err == nil ||
			!strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}

	if _, err := llm.Schema[string](map[string][]string{"action": {"keep"}}); err == nil {
		t.Error("a string has no fields")
	}
}

func TestChoicesBoundTheItemsOfAList(t *testing.T) {
	o := llm.Operator[trip, plan]{Choices: func(trip) map[string][]string { return map[string][]string{"tags": {"late"}} }}
	if err := o.Check(t.Context(), trip{}, plan{Tags: []string{"late"}}); err != nil {
		t.Error(err)
	}

	if err := o.Check(t.Context(), trip{}, plan{Tags: []string{"late", "rich"}}); err == nil {
		t.Error("rich is not offered")
	}

	if err := o.Check(t.Context(), trip{}, plan{}); err != nil {
		t.Error(err)
	}
}
