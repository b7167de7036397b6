package audit

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"text/tabwriter"

	"github.com/slipstream-go/slipstream/topology"
)

// An Invariant is one thing that must hold, and on how much it was checked.
type Invariant struct {
	Name       string   `json:"name"`
	Checked    int      `json:"checked"` // how many of what the name is about
	Violations int      `json:"violations"`
	Examples   []string `json:"examples,omitempty"` // of violations, a few at most
}

// maxExamples bounds Examples.
const maxExamples = 5

// expect counts one check, and a violation unless it holds.
func (i *Invariant) expect(holds bool, format string, args ...any) {
	i.Checked++
	if !holds {
		i.violate(format, args...)
	}
}

func (i *Invariant) violate(format string, args ...any) {
	i.Violations++
	if len(i.Examples) < maxExamples {
		i.Examples = append(i.Examples, fmt.Sprintf(format, args...))
	}
}

// An Auditor takes in the records of a day. It needs memory for what it keeps of each, some hundred bytes. It
// belongs to one goroutine.
type Auditor struct {
	flights  map[string]*flight
	parties  map[string]*party // by reservation
	policies []policy
	requests map[requestID]request
	cases    map[string]*file
	commands map[string]*command
	users    map[string]*user
	payments map[requestID]*payment
	letters  []string
	records  int
}

// New returns an Auditor that has read nothing.
func New() *Auditor {
	return &Auditor{flights: map[string]*flight{}, parties: map[string]*party{},
		requests: map[requestID]request{}, cases: map[string]*file{},
		commands: map[string]*command{}, users: map[string]*user{}, payments: map[requestID]*payment{}}
}

// Run reads all records and checks them. The topics may come in any order or mixed, the records of a
// partition in theirs.
func Run(records iter.Seq2[topology.Record, error]) ([]Invariant, error) {
	a := New()
	for r, err := range records {
		if err != nil {
			return nil, err
		}

		if err := a.Read(r); err != nil {
			return nil, err
		}
	}

	return a.Invariants(), nil
}

// Read takes in one record, of which it needs Topic, Key, Headers and Value; records of other topics are left
// out. An error names the record: the airline wrote something that is not what its topic holds. What came in
// from outside and can't be read is for the dead letters, not for an error.
func (a *Auditor) Read(r topology.Record) error {
	if r.Value == nil {
		return nil
	}

	take, outside := a.reader(r)
	if take == nil {
		return nil
	}

	a.records++

	if err := take(r.Value); err != nil && !outside {
		return fmt.Errorf("audit: %s/%d offset %d, key %s: %w", r.Topic, r.Partition, r.Offset, r.Key, err)
	}

	return nil
}

// reader returns what takes in the value of a record, and reports whether its topic is written from outside.
func (a *Auditor) reader(r topology.Record) (take func([]byte) error, outside bool) {
	switch r.Topic {
	case flightEvents:
		return into(func(e flightEvent) { a.flight(r.Key).event(e) }), true
	case customerEvents:
		return into(func(e customerEvent) { a.customerEvent(r.Key, e) }), true
	case policies:
		return into(a.policy), true
	case disruptions:
		return into(func(d disruption) { a.disruption(r.Key, d) }), false
	case commands:
		return into(func(c told) { a.command(c.ID).sent = true }), true
	case orders:
		return into(func(o order) { a.command(o.ID).orders = append(a.command(o.ID).orders, o) }), false
	case results:
		return into(func(v result) { a.command(v.Command).results = append(a.command(v.Command).results, v) }), false
	case reservationUpdates:
		return into(func(u update) { a.update(r.Key, u) }), false
	case paymentRequests:
		return into(func(q payRequest) { a.payment(q).requests++ }), false
	case paymentReplies:
		return into(func(p payReply) { a.payment(p.payRequest).replies = append(a.payment(p.payRequest).replies, p) }), false
	case usersTable:
		return into(func(u userRow) { entry(a.users, r.Key).row = &u }), false
	case cases:
		return into(func(c told) { a.file(c.Case).asked = true }), false
	case seatRequests:
		return into(func(q request) { a.requests[q.id()] = q }), false
	case seatReplies:
		return into(func(p reply) { a.flight(p.Flight).replies = append(a.flight(p.Flight).replies, p) }), false
	case decisions:
		return into(func(d decision) { a.decided(r, d) }), false
	case notifications:
		return into(func(n told) { a.notified(r.Key, n) }), false
	case escalations:
		return into(func(n told) { f := a.file(n.Case); f.escalated = append(f.escalated, r.Key) }), false
	case flightsTable:
		return into(func(f flightRow) { a.flight(r.Key).row(f) }), false
	case deadLetters:
		return func([]byte) error { a.letter(r); return nil }, false
	}

	return nil, false
}

func into[E any](take func(E)) func([]byte) error {
	return func(value []byte) error {
		var e E
		if err := json.Unmarshal(value, &e); err != nil {
			return err
		}
		take(e)
		return nil
	}
}

func (a *Auditor) decided(r topology.Record, d decision) {
	d.id = r.Headers["ce_id"]
	p := a.party(d.Reservation)
	p.decisions = append(p.decisions, d)
	f := a.file(d.Case)
	f.decisions = append(f.decisions, d)
}

// notified takes in what a customer was told: of a case, or else of a command.
func (a *Auditor) notified(customer string, n told) {
	if n.Command != "" {
		a.command(n.Command).notified = append(a.command(n.Command).notified, customer)
		return
	}
	f := a.file(n.Case)
	f.notified = append(f.notified, customer)
}

func (a *Auditor) policy(p policy) {
	if p.Version >= 1 {
		a.policies = append(a.policies, p)
	}
}

func (a *Auditor) letter(r topology.Record) {
	h := r.Headers
	a.letters = append(a.letters, fmt.Sprintf("%s/%s offset %s, key %s: %s",
		h["deadletter-topic"], h["deadletter-partition"], h["deadletter-offset"], r.Key, h["deadletter-error"]))
}

func (a *Auditor) flight(id string) *flight   { return entry(a.flights, id) }
func (a *Auditor) party(id string) *party     { return entry(a.parties, id) }
func (a *Auditor) file(id string) *file       { return entry(a.cases, id) }
func (a *Auditor) command(id string) *command { return entry(a.commands, id) }
func (a *Auditor) payment(q payRequest) *payment {
	return entry(a.payments, requestID{q.Reservation, q.Seq})
}

// entry is that of a key, made when it is first named.
func entry[K comparable, V any](m map[K]*V, key K) *V {
	if m[key] == nil {
		m[key] = new(V)
	}
	return m[key]
}

// Invariants checks what has been read. It may be called again when more has been.
func (a *Auditor) Invariants() []Invariant {
	return []Invariant{
		a.soldOnce(), a.grantsValid(), a.requestsAnswered(), a.rowsAgree(),
		a.affectedEnd(), a.refusalsAnswered(), a.rebookingsGranted(), a.together(),
		a.decidedOnce(), a.idsUnique(), a.toldOnce(), a.toldOfCommands(), a.peopleOnce(),
		a.commandsDone(), a.seatsAsSaid(), a.paidForSomething(), a.paymentsAnswered(), a.balances(), a.noDeadLetters(),
	}
}

// Violations counts them all.
func Violations(all []Invariant) (n int) {
	for _, i := range all {
		n += i.Violations
	}
	return n
}

// Print writes a table for people, with the examples of violations below their line.
func Print(w io.Writer, all []Invariant) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "checked\tviolations\t  invariant")

	for _, i := range all {
		fmt.Fprintf(t, "%d\t%d\t  %s\n", i.Checked, i.Violations, i.Name)
	}

	if err := t.Flush(); err != nil {
		return err
	}

	for _, i := range all {
		for _, e := range i.Examples {
			if _, err := fmt.Fprintf(w, "VIOLATED  %s: %s\n", i.Name, e); err != nil {
				return err
			}
		}
	}

	return nil
}

func (a *Auditor) noDeadLetters() Invariant {
	i := Invariant{Name: "no record became a dead letter", Checked: a.records}
	for _, l := range a.letters {
		i.violate("%s", l)
	}
	return i
}
