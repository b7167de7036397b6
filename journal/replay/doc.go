// Package replay asks an operator again what it was asked before, on the rows as they were then, and writes nothing.
//
// The decisions are those on record, see package journal. Another model or another prompt is another topology: declare it
// with these, and give it to [Again]. The case is built anew by that topology's own steps, from the rows that the record
// refers to, so that other facts in the prompt are tried, too; what the operator reads by topology.Get and Scan comes from
// the record. What it did not read then is not there now: such a read is an error, journal.ErrMissing.
package replay
