package state

import "errors"

// ErrNoTable is returned for a table that a [Source] does not have (HTTP 404).
var ErrNoTable = errors.New("no table")
