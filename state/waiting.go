package state

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/slipstream-go/slipstream/internal/exact"
)

// A Waiting is an event that is the next of its key to be answered by an operator.
type Waiting struct {
	Operator string    `json:"operator"`
	Key      string    `json:"key"`
	ID       string    `json:"id"` // of the decision to come
	Since    time.Time `json:"since,omitzero"`
	Deadline time.Time `json:"deadline,omitzero"`
	Attempts int       `json:"attempts"`         // so far, also those that a crash cut off
	Cause    string    `json:"cause,omitempty"`  // why the last answer was refused
	Behind   int64     `json:"behind,omitempty"` // how many events of the key wait behind it for the operator

	// Where the event was.
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// MarshalJSON shows a key that is not UTF-8 as [Handler] says.
func (w Waiting) MarshalJSON() ([]byte, error) {
	type plain Waiting
	return json.Marshal(struct { // what stands before the key, stays before it
		Operator string     `json:"operator"`
		Key      exact.Text `json:"key"`
		plain
	}{w.Operator, exact.Text(w.Key), plain(w)})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (w *Waiting) UnmarshalJSON(b []byte) error {
	type plain Waiting
	told := struct {
		Key exact.Text `json:"key"`
		*plain
	}{plain: (*plain)(w)}

	err := json.Unmarshal(b, &told)
	w.Key = string(told.Key)

	return err
}

// Waits lists what waits for operators.
type Waits interface {
	// Waiting returns the heads of up to limit queues, or of fewer if these have [PageBytes], of an operator
	// or, if that is "", of all, as they are committed. next is the after of the next page; it is "" after
	// the last one. A listing has what the worker owns.
	Waiting(ctx context.Context, operator, after string, limit int) (page []Waiting, next string, err error)
}

// waitingPage is a page over HTTP.
type waitingPage struct {
	Waiting []Waiting  `json:"waiting"`
	Next    exact.Text `json:"next,omitempty"`
}

func (h handler) waiting(_ http.ResponseWriter, r *http.Request) (any, error) {
	limit, err := limitOf(r.FormValue("limit"))
	if err != nil {
		return nil, err
	}

	if h.Waits == nil {
		return nil, refuse(http.StatusNotFound, "this server does not know what waits")
	}

	page, next, err := h.Waits.Waiting(r.Context(), r.FormValue("operator"), r.FormValue("after"), limit)
	if err != nil {
		return nil, err
	}

	return waitingPage{append([]Waiting{}, page...), exact.Text(next)}, nil
}

// Waiting yields what waits at this worker for an operator, or for any if that is "". It fetches a page at a
// time. An error is the last that it yields.
func (c *Client) Waiting(ctx context.Context, operator string) iter.Seq2[Waiting, error] {
	return func(yield func(Waiting, error) bool) {
		for after := ""; ; {
			params := url.Values{"operator": {operator}, "after": {after}}

			var page waitingPage
			if err := c.decode(ctx, "/waiting?"+params.Encode(), &page); err != nil {
				yield(Waiting{}, fmt.Errorf("what waits: %w", err))
				return
			}

			for _, w := range page.Waiting {
				if !yield(w, nil) {
					return
				}
			}

			if after = string(page.Next); after == "" {
				return
			}
		}
	}
}
