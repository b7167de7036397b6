package exam

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Talk is a conversation with the concierge, with what a good turn does.
type Talk struct {
	ID        string     `json:"id"`
	Topic     string     `json:"topic"`
	Situation Situation  `json:"situation"`
	Turns     []TalkTurn `json:"turns"`
}

// A Situation is how things stand when the first message comes.
type Situation struct {
	Now      time.Time `json:"now"`
	Flights  []Flight  `json:"flights"`
	Passages []Passage `json:"passages,omitempty"` // in force beside those of the handbook
	Others   []Party   `json:"others,omitempty"`   // of whom the customer may be told nothing
	Party
}

// UnmarshalJSON takes what a situation has beyond these fields, too: others may describe it more closely.
func (s *Situation) UnmarshalJSON(b []byte) error {
	type plain Situation
	return json.Unmarshal(b, (*plain)(s))
}

// A Party is a customer, and what they have booked.
type Party struct {
	Customer     Customer                   `json:"customer"`
	Reservations []vocab.ReservationDetails `json:"reservations"`
}

// A Customer is a user, with the kind of seat that they always want.
type Customer struct {
	vocab.UserDetails
	Seat *vocab.SeatKind `json:"seat_preference"`
}

// A Passage is a rule.
type Passage struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// A Flight is how a flight stands.
type Flight struct {
	Number             string                 `json:"flight_number"`
	Date               string                 `json:"date"`
	Origin             string                 `json:"origin"`
	Destination        string                 `json:"destination"`
	Status             vocab.Status           `json:"status"` // available, delayed, cancelled
	ScheduledDeparture time.Time              `json:"scheduled_departure"`
	ScheduledArrival   time.Time              `json:"scheduled_arrival"`
	Departure          time.Time              `json:"departure"` // as expected now; none if it is cancelled
	Arrival            time.Time              `json:"arrival"`
	Cabins             map[vocab.Cabin]Inside `json:"cabins"`
}

// Inside is what a flight has in one cabin.
type Inside struct {
	Seats  int          `json:"seats"`
	Free   int          `json:"free"`
	Price  vocab.Amount `json:"price"`
	Window *int         `json:"window,omitempty"` // how many of its seats at a window are free; nil: not told
	Aisle  *int         `json:"aisle,omitempty"`  // the same at an aisle
}

// A TalkTurn is a message, and what a good turn does about it.
type TalkTurn struct {
	Message string      `json:"message"`
	Expect  Expectation `json:"expect"`
}

// An Expectation is what a good turn does.
type Expectation struct {
	Tool      *string         `json:"tool"`            // that must be called; nil: none must
	Arguments json.RawMessage `json:"arguments"`       // those that matter
	Propose   bool            `json:"propose"`         // the turn ends with a proposal of the tool
	Done      string          `json:"done,omitempty"`  // the command that takes effect; "": none does
	Facts     []string        `json:"facts"`           // that are told: 19:30, $49, words, "claim: ..."
	Never     []string        `json:"never"`           // that are not told, in the same forms
	Language  string          `json:"language"`        // en, es, de, fr or pt
	Cites     []string        `json:"cites,omitempty"` // ids of passages, of which one is cited

	// Or are other ways of doing it well, each with the fields in which it differs.
	Or []json.RawMessage `json:"or,omitempty"`
}

// ReadTalks reads a file of conversations.
func ReadTalks(r io.Reader) ([]Talk, error) {
	return readLines(r, func(t Talk) (string, error) { return t.ID, t.valid() })
}

func (t Talk) valid() error {
	s := t.Situation
	switch {
	case s.Now.IsZero() || s.Customer.ID == "" || len(t.Turns) == 0:
		return fmt.Errorf("%s: a conversation needs now, a customer and turns", t.ID)
	case len(s.Flights) == 0 && len(s.Reservations) > 0:
		return fmt.Errorf("%s: reservations without flights", t.ID)
	}

	for _, f := range s.Flights {
		if err := f.valid(); err != nil {
			return fmt.Errorf("%s: %w", t.ID, err)
		}
	}

	for i, turn := range t.Turns {
		if err := turn.valid(); err != nil {
			return fmt.Errorf("%s: turn %d: %w", t.ID, i+1, err)
		}
	}

	return nil
}

func (f Flight) valid() error {
	switch f.Status {
	case vocab.StatusCancelled:
	case vocab.StatusAvailable, vocab.StatusDelayed:
		if f.Departure.IsZero() || f.Arrival.IsZero() {
			return fmt.Errorf("the flight %s has no departure or arrival", f.Number)
		}
	default:
		return fmt.Errorf("the flight %s has no such status: %q", f.Number, f.Status)
	}

	if f.Number == "" || f.Date == "" || f.ScheduledDeparture.IsZero() || f.ScheduledArrival.IsZero() {
		return fmt.Errorf("the flight %q needs a number, a date and scheduled times", f.Number)
	}

	for c := range f.Cabins {
		if !c.IsKnown() {
			return fmt.Errorf("the flight %s has no such cabin: %q", f.Number, c)
		}
	}

	return nil
}

func (t TalkTurn) valid() error {
	if t.Message == "" {
		return errors.New("no message")
	}

	all, err := t.Expect.alternatives()
	for _, e := range all {
		if _, known := stopWords[e.Language]; !known && err == nil {
			err = fmt.Errorf("the language %q can't be recognized", e.Language)
		}
	}

	return err
}

// alternatives returns the ways of doing a turn well, the first one first.
func (e Expectation) alternatives() ([]Expectation, error) {
	first := e
	first.Or = nil

	all := []Expectation{first}
	for _, differs := range e.Or {
		one, err := first.with(differs)
		if err != nil {
			return nil, fmt.Errorf("or: %w", err)
		}
		all = append(all, one)
	}

	for i := range all {
		if err := all[i].valid(); err != nil {
			return nil, err
		}
	}

	return all, nil
}

// with returns an expectation with other fields.
func (e Expectation) with(fields json.RawMessage) (one Expectation, err error) {
	b, err := json.Marshal(e)
	if err != nil {
		return one, err
	}

	merged := map[string]json.RawMessage{}
	for _, from := range []json.RawMessage{b, fields} {
		if err := json.Unmarshal(from, &merged); err != nil {
			return one, err
		}
	}

	if b, err = json.Marshal(merged); err != nil {
		return one, err
	}

	return one, decodeStrictly(b, &one)
}

func (e Expectation) valid() error {
	var arguments map[string]any
	if len(e.Arguments) > 0 {
		if err := json.Unmarshal(e.Arguments, &arguments); err != nil {
			return fmt.Errorf("arguments: %w", err)
		}
	}

	if e.Tool == nil && (len(arguments) > 0 || e.Propose) {
		return errors.New("arguments or a proposal of no tool")
	}

	return nil
}

// tool returns the tool that must be called, or "".
func (e Expectation) tool() string {
	if e.Tool == nil {
		return ""
	}
	return *e.Tool
}
