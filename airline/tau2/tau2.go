// Package tau2 has the airline be as the airline domain of the public benchmark tau2-bench is, in what
// differs: https://github.com/sierra-research/tau2-bench, under the MIT licence.
//
// The airline's vocabulary is that of the benchmark where it fits: the names of tools and their arguments,
// the fields of flights, reservations and users, the codes of refusals, the statuses of a flight. What the
// benchmark does otherwise is here, as settings of the desks and the tools:
//
//   - Its tools leave the airline's policy to the model that calls them, move no seats when a reservation is changed or
//     cancelled, and pay back no money: [Mode].
//   - Its search with one stop compares clocks as texts, and knows no month but one: [Calendar].
//
// Package referee, below this one, replays the benchmark's recorded calls. Nothing else in the airline knows
// of it.
package tau2

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/lookup"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// Mode is the mode that Rules name for desks like the benchmark's.
const Mode vocab.DeskMode = "tau2"

// Modes are what an airline needs to know of it.
var Modes = vocab.DeskModes{Mode: {Unchecked: true, BooksOnly: true}}

// New declares an airline whose rules may name Mode.
func New(agent airline.Agent, bounds airline.Bounds, parts ...airline.Part) *topology.Topology {
	return airline.Config{Agent: agent, Bounds: bounds, Modes: Modes, Parts: parts}.Topology()
}

// Read calls a tool that only reads, as the benchmark's does.
func Read(t lookup.Tables, tool string, arguments json.RawMessage) (any, error) {
	return lookup.Tools{Tables: t, Calendar: Calendar{}}.Read(tool, arguments)
}

// Calendar is the benchmark's, whose flights are all of May 2024.
type Calendar struct{}

// LandingDay implements [lookup.Calendar]. The next day has no zero before its digit, and the last one of the
// month is followed by the 32nd: no flight has such a day, and none is found.
func (Calendar) LandingDay(first vocab.FlightDate) string {
	if !strings.Contains(first.ScheduledArrival, "+1") {
		return first.Date
	}

	day, err := strconv.Atoi(first.Date[max(0, len(first.Date)-2):])
	if err != nil {
		return ""
	}
	return fmt.Sprintf("2024-05-%d", day+1)
}

// Connects implements [lookup.Calendar]. Clocks are compared as texts, of which 01:30:00+1 comes after
// 01:30:00.
func (Calendar) Connects(first, second vocab.FlightDate) bool {
	return second.ScheduledDeparture >= first.ScheduledArrival
}
