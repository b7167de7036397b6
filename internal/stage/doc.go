// Package stage interprets one stage of a plan: an event or an answer in, effects out.
//
// Every engine runs the same Machine; engines differ in how records reach it and in how its effects become
// durable. A Machine keeps no state of its own: a row comes in, the changed row goes out among the effects,
// and nothing has happened until the engine applies these, all or none (law 3).
//
//	event  -> Machine.Event  -> row', outputs, calls to make
//	answer -> Machine.Settle -> row', outputs, calls to make
//	row    -> Machine.Resume -> row', calls to make again (after a crash)
//
// What goes wrong with one record (not decodable, failed Check, panic, too large, misrouted) is among the
// effects too: a dead letter and nothing else (law 8). An error is returned only when the engine itself
// cannot go on.
//
// A Machine may be used by any number of goroutines, but effects of one key must be applied in order.
package stage
