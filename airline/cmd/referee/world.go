package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/tau2"
	"github.com/slipstream-go/slipstream/airline/tau2/referee"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// partitions is that of each topic: enough that events without an order can come in any.
const partitions = 2

// patience bounds a call, including the deaths of workers.
const patience = time.Minute

// A world is the airline's topology on a worker that may die, with a broker in this process that does not. It
// is a referee.World.
type world struct {
	dir     string
	broker  *devkafka.Broker
	worker  *supervisor
	client  *processors.Client
	mirror  *mirror
	stop    context.CancelFunc
	initial referee.Rows
	calls   int   // so far
	dieAt   int64 // how many steps the worker lives of each call; 0: as it was told at its start
}

func newWorld(ctx context.Context, lives func() int64) (w *world, err error) {
	w = &world{}
	ctx, w.stop = context.WithCancel(ctx)
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()

	if w.dir, err = os.MkdirTemp("", "slipstream-referee"); err != nil {
		return nil, err
	}

	if w.broker, err = devkafka.Start(devkafka.Config{}); err != nil {
		return nil, err
	}

	brokers := w.broker.Addr()
	w.worker = &supervisor{brokers: brokers, dir: w.dir, lifetime: lives, deaths: deaths{}}
	if err := w.worker.settle(ctx); err != nil { // it creates the topics
		return nil, err
	}

	if w.client, err = processors.Dial(processors.Config{Brokers: []string{brokers}}); err != nil {
		return nil, err
	}
	w.mirror = newMirror(ctx, w.client)

	return w, nil
}

func (w *world) close() (err error) {
	if w.worker != nil {
		err = w.worker.close()
	}
	w.stop()

	if w.client != nil {
		err = errors.Join(err, w.client.Close())
	}

	if w.broker != nil {
		err = errors.Join(err, w.broker.Close())
	}

	return errors.Join(err, os.RemoveAll(w.dir))
}

// done waits until everything is done and the mirror has it.
func (w *world) done(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()

	if err := w.worker.settle(ctx); err != nil {
		return err
	}
	return w.mirror.catchUp(ctx)
}

// Load implements referee.World. It gives the airline the rules and the rows of the recorded system.
func (w *world) Load(ctx context.Context, initial referee.Rows) error {
	w.initial = initial
	rules := vocab.DefaultRules
	rules.Version, rules.Desks = 1, tau2.Mode
	if err := w.send(ctx, event(vocab.Policies, vocab.RulesKey, rules)); err != nil {
		return err
	}
	return w.restate(ctx, initial)
}

// Restore implements referee.World.
func (w *world) Restore(ctx context.Context) error {
	changed, err := w.Changed(ctx)
	if err != nil || len(changed) == 0 {
		return err
	}
	return w.restate(ctx, changed)
}

// restate makes rows what they initially were, and checks that they are.
func (w *world) restate(ctx context.Context, rows referee.Rows) error {
	var events []topology.Record
	for id := range rows {
		events = append(events, restated(id, w.initial[id]))
	}

	if err := w.send(ctx, events...); err != nil {
		return err
	}

	now := w.mirror.changedRows()
	for id, row := range w.initial.Changed(now) {
		return fmt.Errorf("%v is not as restated: %v", id, referee.Diff("row", w.initial[id], row))
	}

	for id := range rows {
		if _, written := now[id]; !written {
			return fmt.Errorf("%v was restated, and never written", id)
		}
	}
	w.mirror.forget()

	return nil
}

// send sends events and waits until they are done.
func (w *world) send(ctx context.Context, events ...topology.Record) error {
	const batch = 1000
	for len(events) > 0 {
		n := min(batch, len(events))
		if err := w.client.Send(ctx, events[:n]...); err != nil {
			return err
		}
		events = events[n:]
	}

	return w.done(ctx)
}

// restated returns the event that replaces a row. A nil row is deleted.
func restated(id referee.RowID, row json.RawMessage) topology.Record {
	at := referee.Now
	switch id.Table {
	case referee.Users:
		profile := map[string]any{"type": "profile", "time": at, "user": row}
		return event(vocab.CustomerEvents, vocab.CustomerID(id.Key), profile)
	case referee.Reservations:
		restated := map[string]any{"type": vocab.Restated, "time": at, "reservation": row}
		return event(vocab.ReservationEvents, vocab.ReservationID(id.Key), restated)
	}
	inventory := map[string]any{"type": "inventory", "time": at, "inventory": row}

	return event(vocab.FlightEvents, vocab.FlightID(id.Key), inventory)
}

// event returns a record of JSON.
func event[K ~string, V, E any](topic topology.Topic[K, V], key K, v E) topology.Record {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain fields, and rows that were JSON
	}
	return topology.Record{Topic: string(topic), Key: string(key), Time: time.Now(), Value: b}
}

// ids are those that the recorded system gave to new reservations and certificates.
var ids = map[string]map[string][]string{
	"book_reservation": {"reservation_ids": referee.ReservationIDs},
	"send_certificate": {"certificate_ids": referee.CertificateIDs},
}

// commands are the tools that change something. All others read.
var commands = []string{
	"book_reservation", "cancel_reservation", "update_reservation_baggages", "update_reservation_flights",
	"update_reservation_passengers", "send_certificate",
}

// Call implements referee.World. It waits for a command until everything has settled, and for a read until it
// is answered.
func (w *world) Call(ctx context.Context, name string, arguments json.RawMessage) (referee.Outcome, error) {
	if w.dieAt > 0 {
		w.worker.die(w.dieAt)
		defer func() { w.worker.die(-1) }()
	}

	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()

	w.calls++
	id := fmt.Sprintf("call-%d", w.calls)
	var err error
	if slices.Contains(commands, name) {
		err = w.command(ctx, id, name, arguments)
	} else {
		err = w.read(ctx, id, name, arguments)
	}

	if err != nil {
		return referee.Outcome{}, err
	}
	r, err := w.mirror.resultOf(id)

	return referee.Outcome{OK: r.OK, Result: r.Result, Code: r.Code, Error: r.Error}, err
}

func (w *world) command(ctx context.Context, id, name string, arguments json.RawMessage) error {
	arguments, err := with(arguments, ids[name])
	if err != nil {
		return err
	}
	c := vocab.Command{ID: id, Tool: name, Arguments: arguments, By: "referee", Time: referee.Now}
	return w.send(ctx, event(vocab.Commands, vocab.CustomerID("staff/"+id), c))
}

func (w *world) read(ctx context.Context, id, name string, arguments json.RawMessage) error {
	if err := w.client.Send(ctx, event(reads, callID(id),
		readCall{callID(id), name, arguments})); err != nil {
		return err
	}
	return w.worker.waitFor(ctx, func() (bool, <-chan struct{}) { return w.mirror.isAnswered(id) })
}

// with adds arguments.
func with(arguments json.RawMessage, more map[string][]string) (json.RawMessage, error) {
	var all map[string]json.RawMessage
	err := json.Unmarshal(arguments, &all)
	for name, v := range more {
		if err == nil {
			all[name], err = json.Marshal(v)
		}
	}

	if err != nil {
		return nil, err
	}

	return json.Marshal(all)
}

// Changed implements referee.World.
func (w *world) Changed(ctx context.Context) (referee.Rows, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()

	if err := w.mirror.catchUp(ctx); err != nil {
		return nil, err
	}
	return w.initial.Changed(w.mirror.changedRows()), nil
}
