// Package agent declares agents that talk: durable conversations on a stream, with tools, proposals and bounds.
//
// # Contract
//
// A conversation is a [Conversation] in the row of its key. A message starts a turn; a turn is made of steps; a step is
// one question to the model. What a step comes to (tool calls with their results, a proposal, a reply, a hand-over) is
// settled through the row, as an event, before the next one is asked. So a crash resumes a turn where it was, and no
// effect happens twice.
//
// Tools that read run inside a step, on the tables as they are then. Tools that write never act: they compute [Terms],
// which the customer is told word for word as a [Proposal]. Only a yes to that proposal, matched by code and not by the
// model, makes a [Command] of it. The desk that owns the rows grants or refuses: what was
// done is told in the words of its [Result], and a refusal is the model's to make something of.
//
//	messages ─▶ row ─▶ turns ─▶ step (model, reads) ─▶ row ─▶ turns      another step
//	                                                    ├────▶ replies    told, or proposed
//	results  ─▶ row ─▶ turns                            └────▶ handovers  a person's
//	   ▲         └───▶ commands ─▶ desks ─┐ (a yes)
//	   └──────────────────────────────────┘
//
// A proposal is open for the next message only, and for a stated time. A yes that comes later gets the proposal anew, on
// the terms of then; so does one that was said before the customer wrote what the proposal answers, and one that comes
// after a person has said something. A message that comes while a turn is worked on waits for its end; an occasion also
// waits while a proposal is open.
//
// A turn is bounded in steps, tokens and time spent; beyond that, when the model fails, and when a desk does not answer, a
// person takes over. While a
// person has the conversation, messages go to them and the model is silent.
//
// # Memory
//
// The last [Bounds.Lines] lines are kept as they were said, but not what tools returned: the next turn looks again. Of
// what is older, one line a turn stays: what was asked, by its first words, and what was done about it, by the desks'
// results. Facts that a customer states about themselves are kept apart with their source, the newest [Bounds.Facts] of
// them.
//
// A [Forget] message erases all of that from the row, and journal/erasure what is on record of it. What was said is also
// on the agent's topics: those that the engine creates keep records for good, so give Messages, Replies, Steps, Turns,
// Handovers, Commands and Results a retention.ms that your privacy rules allow.
package agent
