package view

import (
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// An Answer is a row of a view's table: a standing answer, and all that is known of it.
type Answer[Q, W any] struct {
	Question Q      `json:"question"`
	ID       string `json:"id"` // of the event that asked

	Value    W      `json:"value"`
	Answered bool   `json:"answered,omitempty"` // Value is an answer
	Reads    []Read `json:"reads,omitempty"`    // what it rests on

	Stale string    `json:"stale,omitempty"` // why it does not hold any more; "": it does
	Since time.Time `json:"since,omitzero"`  // when a row has changed that it rests on

	Asked   time.Time `json:"asked,omitzero"`    // when the operator was last asked
	Replied time.Time `json:"replied,omitzero"`  // when it last had an answer
	Pending bool      `json:"pending,omitempty"` // it is being asked, or waits for its turn
	Again   bool      `json:"again,omitempty"`   // the question was replaced meanwhile

	Hops   int    `json:"hops,omitempty"`   // see [Config].Hops
	Failed string `json:"failed,omitempty"` // why a person decides; "": none has to
}

// A Read is a row, or a range of rows, as an answer has read it.
type Read = plan.Read

// A Renewed is an answer that takes the place of another one, which it differs from.
type Renewed[W any] struct {
	Old   W      `json:"old"` // zero for the first answer
	New   W      `json:"new"`
	First bool   `json:"first,omitempty"`
	Cause string `json:"cause,omitempty"` // why the old one was stale
}

// A Failure is an answer that a person decides about. It is asked again when its question is sent again.
type Failure[Q, W any] struct {
	Question Q      `json:"question"`
	Standing W      `json:"standing"` // the last answer; zero if there is none
	Cause    string `json:"cause"`
}
