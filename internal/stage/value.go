package stage

import (
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// value returns the row, decoded, as its JSON says: see plan.Fidelity. It is shared, and must not be
// modified.
func (r *run) value() (any, error) {
	if r.unencoded {
		if err := r.encodeRow(); err != nil {
			return nil, err
		}
	}

	if r.row.value == nil {
		v, err := r.decodeRow()
		if err != nil {
			return nil, err
		}

		r.row.value = v
		r.before.value = v // for the next event. What this run has changed is decoded already
	}

	return r.row.value, nil
}

// decodeRow decodes the bytes of the row anew.
func (r *run) decodeRow() (any, error) {
	if r.unencoded {
		if err := r.encodeRow(); err != nil {
			return nil, err
		}
	}

	rows := r.m.stage.Rows
	v, err := decode(plan.JSON{Strict: r.m.strict}, rows, r.row.Bytes)
	if err != nil {
		return nil, &engineError{&RowError{r.m.stage.Table, r.key, rows.Value.String(), lost(err)}}
	}

	return v, nil
}

// lost returns the error of a stored row with a field that its type lacks, and names the field: the next
// change of the row would write it without that field.
func lost(err error) error {
	field, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	if !unknown {
		return err
	}
	return fmt.Errorf("it has a field %s, which the type lacks, and which the next change of the row would "+
		"lose: keep the field, or say by topology.Upgrade what becomes of it", field)
}

// encodeRow makes the bytes of a row that has changed. From then on its value is what these say.
func (r *run) encodeRow() error {
	rows, v := r.m.stage.Rows, r.row.value

	var b []byte
	if !rows.IsZero(v) {
		var err error
		if b, err = (plan.JSON{}).Marshal(v); err != nil {
			return fmt.Errorf("row %s/%s cannot be encoded: %w", r.m.stage.Table, r.key, err)
		}
	}

	if b != nil && !r.m.rows.Keeps(v, b) {
		var err error
		if v, err = decode(plan.JSON{}, rows, b); err != nil {
			return fmt.Errorf("row %s/%s is encoded in a way that %s cannot be decoded from: %w",
				r.m.stage.Table, r.key, rows.Value, err)
		}

		if rows.IsZero(v) || string(b) == "null" {
			v, b = rows.Zero, nil
		}
	}
	r.row.value = v
	r.row.Bytes, r.row.Schema, r.unencoded = b, r.m.plan.Upgrades[r.m.stage.Table].Version, false

	return nil
}
