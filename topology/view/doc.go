// Package view keeps standing answers. Each is asked again exactly when a row that it has read has changed in
// a way that matters.
//
// This view keeps, for each customer, the flight that suits best:
//
//	const (
//		Wishes topology.Topic[CustomerID, Wish]                        = "wishes"
//		Advice topology.Topic[CustomerID, view.Renewed[FlightID]]      = "advice"
//		Best   topology.Table[CustomerID, view.Answer[Wish, FlightID]] = "best"
//	)
//
//	renewed, failed := view.Keep(t, topology.From(t, Wishes), view.Config[CustomerID, Wish, Wish, FlightID]{
//		Name:     "adviser",
//		Table:    Best,
//		Operator: adviser,
//		Reads:    []view.Source{view.Of(Flights, Flight.differs)},
//	})
//	renewed.To(Advice)
//
// The adviser is a [topology.Operator] that reads flights with [topology.Get] and [topology.Scan], or is
// given them by a [topology.Lookup]. A question is an event. Its answer is a row of the table [Answer],
// which says what it has read; so it outlives crashes and moves with its partition.
//
// # Contract
//
// What an answer has read is complete: each row, whether it was there or not, and each range, with the rows
// that will be in it. An answer that reads more than [Config].MaxRows and MaxBytes allow is refused. What
// Operator.Check reads is no part of it.
//
// A change of such a row is compared with the row as the answer has read it, however many changes there
// were in between. If it matters, which the [Source] decides, the answer is marked as stale, with the
// cause, within seconds: a copy of the table has to follow, and the mark to be committed. A stale answer
// is asked again by the policy of its operator, on the newest rows, once its least interval has passed.
// One question is pending for each answer, however many rows change meanwhile.
//
// What the new answer has read takes the place of what the old one had, also if the old one stays because the
// new one is not Better. Changes during the call, during a crash or a rebalance are found by comparing what
// the row has read with what there is now: none is missed.
//
// An answer fails if the operator does, or if it was asked again too often because of what answers have
// caused: see [Config].Hops. It then stays as it is, for a person, until its question is sent again.
package view
