// Package slipstream makes a program of a topology: one that runs it as a worker on Kafka, and all that is
// needed to feed it, ask it and see why it decided what it did.
//
//	func main() {
//		model := llm.Resilient(llm.Ollama("qwen2.5-coder:1.5b"), llm.ResilientConfig{})
//		slipstream.Main(assistant(model), devkafka.Verb)
//	}
//
// where a topology is declared with package topology:
//
//	func assistant(m llm.Model) *topology.Topology {
//		t := topology.New("assistant")
//
//		// One row per customer, one row per flight.
//		topology.Fold(Customers, topology.From(t, Profiles), Customer.WithProfile)
//		topology.Fold(Flights, topology.From(t, Statuses), Flight.WithStatus)
//
//		// What the model is shown: the request, and both rows.
//		cases := topology.Join(topology.From(t, Requests), Customers, NewCase)
//		cases = topology.Lookup(cases, Flights, Case.FlightID, Case.WithFlight)
//
//		// One decision per case, as a new event; a case that the model could not settle goes to people.
//		agent := llm.Operator[Case, Decision]{Model: m, Instructions: rules, Prompt: Case.Facts, Validate: Case.Allows}
//		decisions, unsettled := topology.Async(cases, "decide", agent,
//			topology.Policy[Case]{InFlight: 8, Timeout: 20 * time.Second, Changed: Case.Changed})
//		decisions.To(Decisions)
//		unsettled.To(Escalations)
//
//		// A decision becomes part of the customer's row, in the same step as it is settled.
//		topology.Fold(Customers, decisions, Customer.WithDecision)
//		return t
//	}
//
// The rest of it is in the folder examples/assistant. The program has these commands:
//
//	assistant dev             run a broker and a worker in one process, for development
//	assistant run             run a worker on your Kafka; start more of them to share the work
//	assistant describe        print stages, steps, tables, topics and bounds
//	assistant send            send records to a topic
//	assistant query           print rows of a table, as they are committed now
//	assistant tail            print the records of a topic as they come
//	assistant waiting         list the events that wait for an operator's answer
//	assistant explain         print why a decision is what it is, from the record of it
//	assistant replay          decide again what is on record, and compare
//	assistant eval            ask an operator and its candidates about known cases, and compare
//	assistant operators       pause operators, have rules or candidates decide, and resume
//	assistant budget          print what is spent of the budgets of operators, and what is left
//	assistant dead-letters    print the records that could not be processed, and why
//	assistant repartition     move rows, and events that wait, to another number of partitions
//	assistant version         print the versions of the program and of what it is built on
//
// dev is there because main names devkafka.Verb; a program without it links no broker. [Program] takes more: a
// model that is a flag, resources that must be closed, commands of your own. Command slipstream has the
// commands that look and send, for workers of any topology.
package slipstream
