// Package agent declares agents that talk with customers: durable conversations on a stream, with tools,
// proposals and bounds.
//
// A waiter who knows the menu and takes orders, on the rows of the table "tables":
//
//	agent.Agent[table, seated]{
//		Name:         "waiter",
//		Table:        "tables",
//		Talk:         func(s *seated) *agent.Conversation { return &s.Talk },
//		Model:        llm.ToolsBySchema(llm.Ollama("qwen2.5-coder:1.5b")),
//		Instructions: "You are a waiter.",
//		Tools: func(agent.Case[table, seated]) []agent.Tool {
//			return []agent.Tool{
//				agent.Read("get_menu", "The dishes.", menu),
//				agent.Write("order", "Order a dish.", order),
//			}
//		},
//	}.Declare(t)
//
// Its Example runs this with messages and replies.
//
// # Contract
//
// A conversation is a [Conversation] in the row of its key. A message starts a turn. A turn is made of
// steps, and a step is one question to the model. What a step comes to (tool calls with their results, a
// proposal, a reply, a hand-over) is settled through the row, as an event, before the next one is asked. So
// a crash resumes a turn where it was, and no effect happens twice.
//
// Tools that read run inside a step, on the tables as they are then. Tools that write never act: they
// compute [Terms], which the customer is told word for word as a [Proposal]. Only a yes to that proposal,
// matched by code and not by the model, makes a [Command] of it. The desk that owns the rows grants or
// refuses it. The customer is told what was done in the words of the desk's [Result]; a refusal goes to the
// model, which responds to it.
//
//	messages ─▶ row ─▶ turns ─▶ step (model, reads) ─▶ row ─▶ turns      another step
//	                                                    ├────▶ replies    told, or proposed
//	results  ─▶ row ─▶ turns                            └────▶ handovers  a person's
//	   ▲         └───▶ commands ─▶ desks ─┐ (a yes)
//	   └──────────────────────────────────┘
//
// A proposal is open for the next message only, and for a stated time. A yes that comes later repeats the
// proposal, on the terms of then. So does a yes that was said before the customer wrote what the proposal
// answers, and one that comes after a person has said something. A message that comes during a turn waits
// for its end. An [Occasion] also waits while a proposal is open.
//
// A turn is bounded in steps, tokens and time in the model, and in what its tools return: what is beyond
// [Bounds.CallBytes], StepBytes and TurnBytes is cut off, and the model is
// told so. A person takes over beyond these bounds, when
// the model fails, and when a desk does not answer. While a person has the conversation, messages go to
// them and the model is silent.
//
// # Memory
//
// The last [Bounds.Lines] lines are kept word for word, except for what tools returned: the next turn looks
// again. Each older turn keeps one line: what was asked, by its first words, and what was done about it, by
// the desks' results. Facts that a customer states about themselves are kept apart with their source, the
// newest [Bounds.Facts] of them.
//
// A [Forget] message erases all of that from the row, and journal/erasure erases what is on record of it.
// What was said is also on the agent's topics. Topics that the engine creates keep records permanently, so
// give Messages, Replies, Steps, Turns, Handovers, Commands and Results a retention.ms that your privacy
// rules allow.
package agent
