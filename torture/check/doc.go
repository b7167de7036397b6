// Package check judges a round from the outside: by the topics, read committed, by what workers answer over
// HTTP, and by the calls that operators wrote down. It knows what was sent, and the names and formats that
// last on users' topics.
//
// It imports nothing of the engine, so no mistake can be made on both sides. Even what it could share, such
// as the fields of an event, it states anew.
package check
