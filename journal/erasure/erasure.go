// Package erasure erases by event what is on record of decisions about a key, such as a customer.
//
//	shop := shop(adviser)                                              // decides, with Policy.Record
//	eraser := erasure.New(shop.Name(), "customers", Requests, asksToForget) // erases
//	w, err := processors.NewWorker(config, shop, eraser)
//
// What the row of the customer itself holds is for its own topology to erase. This package is for the copies
// in the record of decisions: see package journal. It is a topology of its own. It follows the journal and
// keeps, for each key, the names of the records and parts that concern it. A request becomes a tombstone for
// each of these: exactly once, whatever crashes.
package erasure

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/internal/exact"
	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/topology"
)

// maxNames bounds the names that are kept of a key. Beyond it the oldest are erased at once, since no request
// could erase them later.
const maxNames = 5000

// New declares the topology "<of>.erasure". Run it beside the topology named of.
//
// An event of requests for which asks returns true erases the records of all decisions of its key, and all
// versions of the key's row in the table that any decision has seen. A decision that is under way is erased
// once it is on record. Rows that a scan has passed are not known here: they expire, and so do rows of other
// keys and the notes of their decisions.
func New[K ~string, V any](
	of, table string, requests topology.Topic[K, V], asks func(V) bool,
) *topology.Topology {
	recordsOf, partsOf := topology.New(of).Journal()
	records := topology.Topic[string, record](recordsOf)
	parts := topology.Topic[string, nothing](partsOf)
	kept := topology.Table[K, names](of + "-erasure")

	t := topology.New(of + ".erasure")
	topology.Configure(t, records, topology.TopicConfig[record]{Codec: tombstones{}})
	topology.Configure(t, parts, topology.TopicConfig[nothing]{Codec: tombstones{}})

	decided := topology.Events(topology.From(t, records))
	concerned := topology.FlatMap(decided, func(e topology.Event[string, record]) []concern {
		return e.Value.concerns(e.Key, table)
	})
	found := topology.Rekey(concerned, topology.Topic[K, concern](of+".erasure.found"),
		func(c concern, _ string) (K, concern) { return K(c.Of), c })
	asked := topology.Events(topology.From(t, requests).Filter(asks))

	gone := topology.Merge(
		topology.Apply(kept, found, names.with),
		topology.Apply(kept, asked, func(n names, e topology.Event[K, V]) (names, []concern) {
			return n.forget(e.Time)
		}))

	topology.Rekey(gone.Filter(concern.isRecord), records,
		func(c concern, _ K) (string, record) { return string(c.Name), record{} })
	topology.Rekey(gone.Filter(concern.isPart), parts,
		func(c concern, _ K) (string, nothing) { return string(c.Name), nothing{} })

	return t
}

// A record is the part of a journal.Record that is needed here.
type record struct {
	Key   exact.Text                `json:"key"`
	Event struct{ Time exact.Time } `json:"event"`
	Rows  []journal.Ref             `json:"rows"`
	Reads []journal.Read            `json:"reads"`
}

// A concern is the name of a record or of a part that concerns a key.
type concern struct {
	Of     exact.Text `json:"of"`
	Name   exact.Text `json:"name"`
	Record bool       `json:"record,omitempty"`
	Time   time.Time  `json:"time"` // of the event that was decided
}

func (c concern) isRecord() bool { return c.Record }
func (c concern) isPart() bool   { return !c.Record }

// concerns returns what a record concerns: its own key, and the keys whose rows it has seen. A tombstone
// concerns none.
func (r record) concerns(name, table string) (all []concern) {
	if r.Key == "" {
		return nil
	}

	all = []concern{{r.Key, exact.Text(name), true, r.Event.Time.Time}}
	refs := slices.Clone(r.Rows)
	for _, read := range r.Reads {
		refs = append(refs, read.Ref)
	}

	for _, ref := range refs {
		if ref.Table() == table && ref.Written() {
			all = append(all, concern{exact.Text(ref.Key()), exact.Text(ref), false, r.Event.Time.Time})
		}
	}

	return all
}

// names is a row: what concerns a key, and the time of the newest request to forget it.
type names struct {
	All       []name    `json:"all,omitempty"`
	Forgotten time.Time `json:"forgotten,omitzero"`
}

type name struct {
	Name   exact.Text `json:"n"`
	Record bool       `json:"r,omitempty"`
}

// with keeps one more name. A decision older than the request to forget is erased at once.
func (n names) with(c concern) (names, []concern) {
	kept := name{c.Name, c.Record}
	switch {
	case !c.Time.After(n.Forgotten):
		return n, []concern{c}
	case slices.Contains(n.All, kept):
		return n, nil
	}

	over := max(0, len(n.All)-maxNames+1)
	old := n.All[:over]
	n.All = append(slices.Clip(n.All[over:]), kept)

	return n, concerns(old)
}

func concerns(all []name) (gone []concern) {
	for _, kept := range all {
		gone = append(gone, concern{Name: kept.Name, Record: kept.Record})
	}
	return gone
}

// forget erases all names, and from now on those of decisions that are older than the request.
func (n names) forget(at time.Time) (names, []concern) {
	return names{Forgotten: at}, concerns(n.All)
}

// nothing is the value of a part that is erased.
type nothing struct{}

// tombstones is a codec that writes tombstones only.
type tombstones struct{}

// Marshal implements topology.Codec.
func (tombstones) Marshal(v any) ([]byte, error) {
	if r, ok := v.(record); ok && r.Key != "" {
		return nil, errors.New("erasure: a record of a decision is only read here: it must not be written")
	}
	return nil, nil
}

// Unmarshal implements topology.Codec.
func (tombstones) Unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }
