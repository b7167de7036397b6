package referee

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// ReadTables reads the initial rows from a folder: users, reservations, and flight_dates or else flights.
// Each is name.jsonl or name.jsonl.gz; other files are left alone.
func ReadTables(files fs.FS) (Rows, error) {
	rows := Rows{}
	for _, t := range []struct{ table, key string }{{Users, "user_id"}, {Reservations, "reservation_id"}} {
		for row, err := range lines[map[string]json.RawMessage](files, t.table) {
			if err == nil {
				err = rows.putKeyed(t.table, t.key, row)
			}

			if err != nil {
				return nil, fmt.Errorf("referee: %w", err)
			}
		}
	}

	err := rows.readFlightDates(files)
	if errors.Is(err, fs.ErrNotExist) {
		err = rows.readFlights(files)
	}

	if err != nil {
		return nil, fmt.Errorf("referee: %w", err)
	}

	return rows, nil
}

func (r Rows) putKeyed(table, field string, row map[string]json.RawMessage) error {
	var key string
	if err := json.Unmarshal(row[field], &key); err != nil || key == "" {
		return fmt.Errorf("%s: a row without %s", table, field)
	}
	whole, err := json.Marshal(row)
	r[RowID{table, key}] = whole
	return err
}

func (r Rows) readFlightDates(files fs.FS) error {
	for row, err := range lines[map[string]json.RawMessage](files, FlightDates) {
		if err == nil {
			err = r.putFlightDate(row)
		}

		if err != nil {
			return err
		}
	}

	return nil
}

func (r Rows) readFlights(files fs.FS) error {
	for row, err := range lines[json.RawMessage](files, flights) {
		if err == nil {
			err = r.putFlight(row)
		}

		if err != nil {
			return err
		}
	}

	return nil
}
