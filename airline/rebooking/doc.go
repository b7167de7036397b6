// Package rebooking decides what becomes of a disrupted party: rebooked, kept, refunded, or with a person.
//
// A Case is one party as it stands now, rebuilt from the rows whenever it matters. Its facts are what code
// computes: what happened, and what the rules allow. Policy chooses by the facts alone. Agent has a model
// read what the customer wrote, and code chooses by the facts and that reading (Choose). What code knows of
// the case is not shown to the model: a small model mistakes it for what the customer wrote.
//
// The agent looks up the flight's row and what else flies there. LiveView has them as they are. RefreshedView
// has them as a batch pipeline would have loaded them, for measuring what a live view is worth.
package rebooking
