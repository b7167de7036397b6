package state

import (
	"errors"
	"net/http"
)

// ErrNoBudget is the error of [Public.Budget] for a topology without one.
var ErrNoBudget = errors.New("no budget")

func (h handler) budget(_ http.ResponseWriter, r *http.Request) (any, error) {
	if h.Budget == nil {
		return nil, refuse(http.StatusNotFound, "this server does not know of budgets")
	}

	spent, err := h.Budget(r.FormValue("topology"))
	if errors.Is(err, ErrNoBudget) {
		return nil, refuse(http.StatusNotFound, "%v", err)
	}
	return spent, err
}
