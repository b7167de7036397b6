package llm_test

import (
	"strings"
	"testing"

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
	const want = `{"properties":{"reason":{"type":"string"},"action":{"type":"string","enum":["keep","rebook"]},` +
		`"tags":{"items":{"type":"string","enum":["late","vip"]},"type":"array"},` +
		`"legs":{"items":{"properties":{"from":{"type":"string"},"seat":{"type":"integer"}},"additionalProperties":false,"type":"object","required":["from"]},"type":"array"}},` +
		`"additionalProperties":false,"type":"object","required":["reason","action","tags"]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSchemaRefusesChoicesThatCannotBeMeant(t *testing.T) {
	for field, offers := range map[string][]string{"actoin": {"keep"}, "action": {}} {
		if _, err := llm.Schema[plan](map[string][]string{field: offers}); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := llm.Schema[string](map[string][]string{"action": {"keep"}}); err == nil {
		t.Error("a string has no fields")
	}
}

func TestChoicesBoundTheItemsOfAList(t *testing.T) {
	o := llm.Operator[trip, plan]{Choices: func(trip) map[string][]string { return map[string][]string{"tags": {"late"}} }}
	if err := o.Check(trip{}, plan{Tags: []string{"late"}}); err != nil {
		t.Error(err)
	}
	if err := o.Check(trip{}, plan{Tags: []string{"late", "rich"}}); err == nil {
		t.Error("rich is not offered")
	}
	if err := o.Check(trip{}, plan{}); err != nil {
		t.Error(err)
	}
}
