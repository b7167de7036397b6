// Package topologytest runs a topology in memory and virtual time, and stories about it, written as .spec
// scripts, on any engine.
//
// # Contract
//
// [Memory] is the reference: what it does with an event is what every engine must do. [Run] tells the story
// of a script step by step and compares. A script that passes on Memory and fails on another engine has found
// a bug in one of them, so scripts speak of what all engines share, topics, tables, keys and time, and hardly
// ever of offsets.
//
// A script is read as a whole before its first step runs. A mistake in it is reported with its line and
// column. A step that fails ends the script, with its line, what came beside what was wanted, and the path at
// which they part.
//
// # Scripts
//
// A file is a story: one step a line, a verb and its arguments. A line that starts with # is a comment.
// Indented lines belong to the step above. Before each step everything settles that can without time passing.
//
//	# A three-hour delay: the model sees the customer's tier and the live flight row, and rebooks.
//	send   profiles      c-1   {"tier":"gold"}
//	send   flight-status BA117 {"state":"delayed","minutes":190}
//	model  {"reason":"190 min late","action":"rebook"}
//	send   requests      c-1   {"flight":"BA117","text":"get me home"}
//	prompt ... A gold customer ... BA117 is delayed by 190 min ...
//	expect decisions     c-1   {"action":"rebook"}
//	row    customers     c-1   {"tier":"gold","last":"rebook"}
//	none   escalations
//
// The verbs of the language (model and prompt above are taught by [Script.Verb]; see package llmtest):
//
//	send TOPIC KEY JSON                 an event; null is a tombstone
//	send TOPIC KEY raw "…"              its bytes as they are, with Go's escapes, for what no codec can read
//	send TOPIC KEY to partition N JSON  into that partition, whatever the key says
//	expect TOPIC KEY JSON               the next event of the key; raw "…" if it is not JSON
//	expect TOPIC in any order           the indented events, each once, in whatever order
//	none TOPIC [KEY]                    nothing (more) is there
//	row TABLE KEY JSON                  the row as it is now
//	row TABLE KEY none                  there is none
//	headers NAME "TEXT" …               of the event just expected; none instead of a text: it is not there
//	at CLOCK                            event time of what is sent from now on: 14:05, 2013-03-08T14:05Z, 2013-03-08
//	advance DURATION                    time passes, event time too once at has set it: 75ms, 3h
//	redrive N ["TEXT"]                  has the N dead letters processed again whose reason contains TEXT
//	dismiss N ["TEXT"]                  puts the N dead letters away whose reason contains TEXT
//	mode OPERATOR MODE                  sets the operator's mode: paused, rules-only or asking
//	mode OPERATOR canary NAME SHARE     has a candidate decide for a share of the keys, such as 0.1; also
//	                                    promote NAME, roll-back and shadow NAME [SHARE]
//	committed TOPIC/PARTITION N         the offset at which a worker that starts now would go on
//	crash                               the worker dies and comes back
//	crash before|after STEP             it will at the next pending, commit, dispatch, answer or settle
//	crash before|after STEP in STAGE N  it will at the Nth one of that stage; N defaults to 1
//	rebalance                           partitions change hands
//	fault NAME ARGS                     one that the engine knows: broker-down 2s
//	only ENGINE …                       as the first step: skip on others than these of memory, embedded, kafka
//
// A clock without a date is on the day of the at before, or else on 1 January 2000; without a zone it is UTC.
// An event that comes late is sent after an at that goes back; one that comes twice is sent twice.
//
// A topic or table that the topology has not is a mistake, save topics below the topology's own name, such as
// changelogs. Dead letters are on the topic <topology>.dead-letters. A key with spaces, or none at all, is
// put in quotes.
//
// # Several events
//
// In place of KEY and JSON, send, expect and row take a block: events, one a line, of which more deeply
// indented lines are a part; or a table, whose header names the key and the fields. A cell is JSON, or else a
// string; an empty one is left out; \| is a bar.
//
//	send flight-status
//	  | flight | state   | minutes |
//	  | BA117  | on time |         |
//	  | CC300  | delayed | 45      |
//	expect escalations in any order
//	  c-3  {"cause":"...no ...Decision..."}
//	  c-1  {"cause":"503 ..."}
//
// {1..100} in a key repeats the line, and {n} in its JSON is the number. Lines are sent one after the other,
// each once the one before has settled; repetitions of a line in one burst. {2MB} in JSON is that much text;
// B and KB will do, too.
//
//	send requests c-{1..100} {"flight":"BA{n}","text":"get me home"}
//	send requests c-1        {"flight":"BA117","text":"{2MB}"}
//
// # Matching
//
// An object matches one that has at least its fields; a field that is null matches null and a field that is
// not there. An array matches one of its length, unless it ends in "...". In a string, ... is any text; the
// string "..." is any value that is there. Everything else matches what is equal: 1 and 1.0 are.
//
// Order per key is a law: the next event of a key must match, or the step fails. Events of other keys may
// come between.
//
// # Left over
//
// At the end each topic that an expect or none has named must be empty. Nothing else is asserted.
//
// # Engines
//
// On an engine other than Memory, events take time: expect, row and committed try for up to 15 seconds, none
// looks once the engine has settled ([Settler]). What an engine can beside [Engine] it says by further
// interfaces: [Named], [Settler], [Producer], [Offsets].
package topologytest
