// Package verb makes a complete command of topologies: run, describe, send, query, tail, explain, replay and
// version, and the flags, connections and errors that a further verb shares with them.
package verb
