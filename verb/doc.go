// Package verb makes a complete command of topologies. A [Program] has run, describe, send, query, tail,
// waiting, explain, replay, dead-letters, repartition and version; each is in a file called like it. Package
// slipstream has the short way to one, slipstream.Main, and package devkafka two more verbs: dev and broker.
//
// # Verbs of your own
//
// A [Verb] is a function that makes a command of a program. What it shares with those of this package:
//
//   - [BrokerFlags], [AtFlag] and [ClientFlags] say where the brokers and the worker are. [Program.Dial] and
//     [Program.Worker] connect by them; without flags they find a worker of the program that runs on this machine.
//   - [Program.WorkerFlags] and [WorkerConfig] are those of a command that runs a worker: [Program.Built] returns the
//     topologies, warmed up, and [Program.Serve] runs a worker of them beside a function.
//   - [Arguments] and [UsageError] tell the user what is wrong with a command line, [Interrupted] tells a stop from a
//     failure, and [Exit] gives an error a status of its own.
//
// A command prints to cmd.Root().Writer, and what is no result to cmd.Root().ErrWriter.
package verb
