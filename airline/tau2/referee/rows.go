package referee

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// The tables.
const (
	Users        = "users"
	Reservations = "reservations"
	FlightDates  = "flight_dates" // a row for each flight and date: key HAT001.2024-05-16
	flights      = "flights"      // as on record: a row for each flight, with its dates within
)

// A RowID names a row of a table.
type RowID struct{ Table, Key string }

func (id RowID) String() string { return id.Table + "/" + id.Key }

// Rows are rows as JSON; nil is a row that is not there.
type Rows map[RowID]json.RawMessage

// Changed returns those rows of now that differ from the initial ones, by value of JSON. A row of which now
// says nothing is unchanged.
func (initial Rows) Changed(now Rows) Rows {
	changed := Rows{}
	for id, row := range now {
		if len(Diff("", initial[id], row)) > 0 {
			changed[id] = row
		}
	}
	return changed
}

// differences compares two sets of changed rows; a row that only one of them has is unchanged on the other
// side.
func (initial Rows) differences(want, got Rows) (all []Difference) {
	ids := maps.Clone(want)
	maps.Copy(ids, got)

	for _, id := range slices.SortedFunc(maps.Keys(ids), RowID.compare) {
		all = append(all, Diff(id.String(), initial.or(want, id), initial.or(got, id))...)
	}
	return all
}

func (initial Rows) or(changed Rows, id RowID) json.RawMessage {
	if row, ok := changed[id]; ok {
		return row
	}
	return initial[id]
}

func (id RowID) compare(other RowID) int {
	return cmp.Or(cmp.Compare(id.Table, other.Table), cmp.Compare(id.Key, other.Key))
}

// A Change is a row as a call left it, as on record.
type Change struct {
	Table string          `json:"table"`
	Key   string          `json:"key"`
	Row   json.RawMessage `json:"row"`
}

// put adds changes to rows, a whole flight as its dates.
func (r Rows) put(changes []Change) error {
	for _, c := range changes {
		switch c.Table {
		case flights:
			if err := r.putFlight(c.Row); err != nil {
				return fmt.Errorf("flight %s: %w", c.Key, err)
			}
		case Users, Reservations:
			r[RowID{c.Table, c.Key}] = c.Row
		default:
			return fmt.Errorf("%s %s: no such table", c.Table, c.Key)
		}
	}

	return nil
}

// putFlight cuts a flight up: what is the same on all dates goes into the row of each.
func (r Rows) putFlight(row json.RawMessage) error {
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(row, &whole); err != nil {
		return err
	}

	var dates map[string]map[string]json.RawMessage
	if err := json.Unmarshal(whole["dates"], &dates); err != nil {
		return fmt.Errorf("dates: %w", err)
	}
	delete(whole, "dates")

	for date, one := range dates {
		one["date"], _ = json.Marshal(date) // text
		maps.Copy(one, whole)

		if err := r.putFlightDate(one); err != nil {
			return err
		}
	}

	return nil
}

func (r Rows) putFlightDate(fields map[string]json.RawMessage) error {
	var number, date string
	if err := json.Unmarshal(fields["flight_number"], &number); err != nil {
		return fmt.Errorf("flight_number: %w", err)
	}

	if err := json.Unmarshal(fields["date"], &date); err != nil {
		return fmt.Errorf("date: %w", err)
	}
	row, err := json.Marshal(fields)
	r[RowID{FlightDates, number + "." + date}] = row

	return err
}
