// Package transcript names what is on record of the chats with models.
//
//	adviser := llm.Operator[Case, Advice]{Model: model, ...}
//	advice, _ := topology.Async(cases, "advise", adviser, topology.Policy[Case]{Record: true})
//
// An operator whose Policy has Record leaves a record of each answer: see package journal. llm.Operator and
// the agents of package llm/agent put the chat with their model on it, which `explain` prints. What is the
// same for many decisions, which is instructions and tools, is kept once; the rest goes into the record
// itself. An operator of your own asks its model by [Of]. Outside of a recorded call the wrapped model costs
// nothing.
package transcript

import "github.com/slipstream-go/slipstream/llm"

// Names of notes. A message's name is its place in the chat and its role: "2 user".
const (
	Tools = "tools" // the tools that the model could call, as JSON; kept once
	Usage = "usage" // with a place in the chat: what an exchange took, a Cost as JSON
)

// A Cost is what one exchange took.
type Cost = llm.Exchange

// Of is llm.OnRecord: it returns the model with its chats on record.
func Of(m llm.Model) llm.Model { return llm.OnRecord(m) }
