// Package referee judges a booking system by what another one did: it makes calls that were recorded
// elsewhere, and compares what comes of them with what is on record. It was made for the airline domain of
// the public benchmark tau2-bench, as data, and shares no code with the desks that it judges.
//
// # Contract
//
// [ReadTables] reads the rows that everything starts from, [ReadCases] the cases: single calls, sequences of
// calls, tasks and recorded runs of a model. [Run] makes every call of every case in a [World] and compares,
// by value of JSON:
//
//   - the result, or for a call that the domain refuses the error's code; for other errors only that it failed,
//   - all rows that differ from the initial ones, after every call and at the end of the case.
//
// After each case the world is restored. A case that is marked as a quirk of the recorded system is judged
// apart.
//
//	┌ case ┐    Call     ┌───────┐    commands     ┌──────────┐
//	│ args ├────────────▶│ World ├────────────────▶│ topology │
//	│ want │◀── judge ◀──│       │◀── rows, result ┤          │
//	└──────┘   Outcome   └───────┘                 └──────────┘
//
// A flight is a row for each of its dates, as in [FlightDates]; what is on record of a whole flight is cut
// up.
package referee
