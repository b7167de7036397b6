// Package exam examines how the airline's agents read and talk: with notes and conversations that others have
// written and labelled, which are files of JSON Lines.
//
// A [Note] is given to the operator that decides cases, and its reading is compared with the label. A [Talk]
// is played on the reference engine: its situation becomes the events that would have led to it, and each
// message is sent to the concierge, a minute after the one before. What came of it is compared with what a
// good turn does.
//
// Code judges only what it can: tools and their arguments, proposals, commands, facts and what must not be
// said in their usual forms, citations, the language. What needs a judge who reads is counted as unjudged.
//
// The cases are split into two parts by a hash of their ids: one to tune on, and one to report on. See
// [PartOf].
package exam
