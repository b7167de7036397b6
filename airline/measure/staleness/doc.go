// Package staleness measures what a live view is worth. It runs the same day several times: the agent looks
// up flights and offers in rows that are live, or that were loaded some minutes of the day ago. Everything
// else is the same each time. The rows that own the seats are always live, and grant or refuse.
//
// Four things are counted, from the topics alone: proposals that were refused, answers that the live rows
// contradicted when they were given, cases that went to people, and how much later the parties arrived.
//
// Each view is a [View]; a [Trial] is a day with one view. [Config.Run] makes the trials of one set of
// customers.
package staleness
