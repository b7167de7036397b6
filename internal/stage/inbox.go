package stage

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// # The inbox of a stage
//
// What people want of a stage comes in through a topic of its own, co-partitioned with its inputs, and so in
// one transaction with its effects. So far that is a dead letter that is to be tried again. Its record in the
// inbox is the letter without what is known of its cause: the stage takes it for the record that it was, from
// the same place and with the same ids; or, if it was an event that waited, has it wait again.

// inboxKind is the header with the kind of an inbox record.
const (
	inboxPrefix = "inbox-"
	inboxKind   = inboxPrefix + "kind"
	kindLetter  = "dead-letter"
	inboxLetter = inboxPrefix + "letter" // the place of the dead letter
)

// broughtAlong are the headers of a dead letter that its record in an inbox has.
var broughtAlong = []string{LetterID, LetterTopic, LetterPartition, LetterOffset, LetterKeyed, LetterTime,
	LetterRequest}

// Redrive returns the record for a stage's inbox by which a dead letter is processed again, or why it can't
// be.
func Redrive(letter Message) (Output, error) {
	own, about := SplitLetter(letter.Headers)
	switch {
	case about[LetterStage] == "" || about[LetterTopic] == "":
		return Output{}, errors.New("it is no dead letter of a stage")
	case about[LetterSize] != "" || about[LetterKeySize] != "":
		return Output{}, errors.New("its topic took only the beginning of it: send the record itself again")
	case about[LetterID] == "":
		return Output{}, errors.New("not all of it was kept: its headers were too large, or " +
			"it is of an earlier version. Send the record itself again")
	}

	o := Output{
		Topic:   plan.InboxOf(about[LetterStage]),
		Key:     letter.Key,
		Value:   letter.Value,
		Headers: ownHeaders(Message{Headers: own}),
	}
	for _, name := range broughtAlong {
		if v, ok := about[name]; ok {
			o.Headers = append(o.Headers, Header{name, []byte(v)})
		}
	}
	o.Headers = append(o.Headers, Header{inboxKind, []byte(kindLetter)},
		Header{inboxLetter, []byte(letter.here().String())})

	return o, nil
}

// open returns the record that a record of the inbox stands for, and the event if that is to wait again.
// Other records, and one that can't be read, it returns as they are.
func (m *Machine) open(msg Message) (Message, *Request, error) {
	if msg.Topic != m.plan.Inbox(m.stage) {
		return m.arrive(msg), nil, nil
	}

	if kind := msg.Headers[inboxKind]; kind != kindLetter {
		return msg, nil, fmt.Errorf("%s is %q, which this version does not know", inboxKind, kind)
	}

	own, about := SplitLetter(msg.Headers)
	was := Message{
		Topic:   about[LetterTopic],
		Key:     msg.Key,
		Value:   msg.Value,
		Headers: own,
		Origin:  about[LetterID],
	}

	part, err := strconv.ParseInt(about[LetterPartition], 10, 32)
	if err == nil {
		was.Offset, err = strconv.ParseInt(about[LetterOffset], 10, 64)
	}

	if ms, ok := about[LetterTime]; ok && err == nil {
		var n int64
		n, err = strconv.ParseInt(ms, 10, 64)
		was.Time = time.UnixMilli(n).UTC()
	}

	if err != nil {
		return msg, nil, fmt.Errorf("it does not say where the dead letter's record was: %w", err)
	}
	was.Partition = int32(part)

	if letter := msg.Headers[inboxLetter]; letter != "" {
		was.Headers = with(own, HeaderRedriven, letter)
	}

	if keyed := readPlace(about[LetterKeyed]); keyed.Topic != "" {
		was.From = was.here()
		was.Topic, was.Partition, was.Offset = keyed.Topic, keyed.Partition, keyed.Offset
	}

	request, err := m.requestOf(was, about[LetterRequest])
	if err != nil {
		return msg, nil, err
	}

	return was, request, nil
}

// requestOf returns the event that waited, or nil if none did.
func (m *Machine) requestOf(was Message, encoded string) (*Request, error) {
	if encoded == "" {
		return nil, nil
	}

	q := new(Request)
	if err := json.Unmarshal([]byte(encoded), q); err != nil {
		return nil, fmt.Errorf("the event that waited cannot be read: %w", err)
	}
	q.Event, q.Headers = was.Value, was.Headers

	return q, nil
}

// waitAgain has an event wait for its operator once more. Its deadline has passed, or was of another time: it
// has none now.
func (r *run) waitAgain(q *Request) error {
	if err := r.m.Accepts(q.Op, q.Anchor); err != nil {
		return err
	}

	again := *q
	again.Since, again.Deadline = time.Now().UTC(), time.Time{}

	return r.wait(r.m.ops[q.Op], &again)
}
