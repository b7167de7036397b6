package topologytest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/topology"
)

// WithRows is a context for an operator that is tested alone: topology.Get and Scan find these rows in the
// table, as version 1, beside those of other tables that ctx has already. It panics if a row cannot be
// encoded.
func WithRows[K ~string, V any](ctx context.Context, table topology.Table[K, V],
	rows map[K]V) context.Context {
	g := given{}
	if before, ok := ctx.Value(givenKey{}).(given); ok {
		maps.Copy(g, before)
	}

	g[string(table)] = map[string][]byte{}
	for k, v := range rows {
		b, err := plan.JSON{}.Marshal(v)
		if err != nil {
			panic(fmt.Sprintf("topologytest: row %s/%s: %v", table, k, err))
		}
		g[string(table)][string(k)] = b
	}

	return plan.WithReads(context.WithValue(ctx, givenKey{}, g), g)
}

type givenKey struct{}

// given are rows by table and key. It implements plan.Reads.
type given map[string]map[string][]byte

func (g given) Get(table, key string) ([]byte, int64, error) {
	rows, ok := g[table]
	if !ok {
		return nil, 0, fmt.Errorf("topologytest: this test has given no rows of table %s", table)
	}

	if b := rows[key]; b != nil {
		return b, 1, nil
	}
	return nil, 0, nil
}

func (g given) Scan(table, prefix string, f func(string, []byte, int64) bool) error {
	if _, _, err := g.Get(table, ""); err != nil {
		return err
	}

	for _, key := range slices.Sorted(maps.Keys(g[table])) {
		if strings.HasPrefix(key, prefix) && !f(key, g[table][key], 1) {
			break
		}
	}

	return nil
}
