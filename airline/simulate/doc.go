// Package simulate replays a day of the airline: it sends what happened to the topics, follows what the
// workers make of it, and paces the day so that decisions keep up with events.
//
// A [Dataset] is a day of real departures (package day) with synthetic customers (package customers). A
// [Replay] sends it to workers that run elsewhere, in this process or in others; it talks to them through
// topics alone, as any client would.
//
//	data, err := simulate.Load("", parties, 1)
//	...
//	replay := simulate.Replay{Dataset: data, Client: client, MaxOutstanding: 256}
//	err = replay.Run(ctx)
package simulate
