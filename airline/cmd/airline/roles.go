package main

import "github.com/slipstream-go/slipstream/topology"

// roles are those that the stages of the airline have.
var roles = map[string]string{
	"flights":      "watcher and seat desk",
	"routes":       "offers",
	"waitlists":    "waitlist",
	"reservations": "reservation desk",
	"users":        "payment desk",
	"customers":    "rebooking agent and concierge",
	"index":        "handbook",
	"commands":     "reception",
	"decisions":    "notifier",
}

// labeled names the stages of an airline by their roles, in charts. Without a model some are not there.
func labeled(t *topology.Topology) *topology.Topology {
	chart, err := t.Chart()
	if err != nil {
		return t // its mistakes are reported when it is run
	}

	for _, s := range chart.Stages {
		if role := roles[s.Name]; role != "" {
			t.Label(s.Name, role)
		}
	}

	return t
}
