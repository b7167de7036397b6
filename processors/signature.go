package processors

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A signature says what a committed position belongs to: which topic, and which rows. It is the metadata of
// each position that a stage commits, so it is written in the same transaction as the rows. A position that
// another tool has set has none: a person has decided that it fits.
//
// Ids are shortened: they tell topics apart of one name.
type signature struct {
	partitions int
	topic      string   // id of the topic
	changelog  string   // id of the stage's changelog; "": none
	cells      string   // id of the topic of events that wait; "": none
	inputs     []string // hashes of the names of the stage's inputs, sorted
}

// signature of the positions that the stage commits in an input.
func (s *runner) signature(topic string) signature {
	sig := signature{
		partitions: int(s.partitions),
		topic:      short(s.w.topics[topic].id),
		changelog:  short(s.w.topics[s.changelog].id),
		cells:      short(s.w.topics[s.cells].id),
	}
	for _, name := range s.stage.Inputs {
		sig.inputs = append(sig.inputs, hashOf(name))
	}
	slices.Sort(sig.inputs)

	return sig
}

// short is the beginning of a topic's id.
func short(id string) string { return id[:min(len(id), 8)] }

// hashOf is the beginning of a hash of a topic's name.
func hashOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:3])
}

func (s signature) String() string {
	return fmt.Sprintf("partitions=%d topic=%s changelog=%s cells=%s inputs=%s",
		s.partitions, s.topic, s.changelog, s.cells, strings.Join(s.inputs, ","))
}

// parseSignature returns what the metadata of a position says. ok is false if it is of another tool, or of a
// version that wrote none.
func parseSignature(metadata string) (s signature, ok bool) {
	for _, field := range strings.Fields(metadata) {
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "partitions":
			s.partitions, _ = strconv.Atoi(value)
		case "topic":
			s.topic = value
		case "changelog":
			s.changelog = value
		case "cells":
			s.cells = value
		case "inputs":
			s.inputs = strings.Split(value, ",")
		}
	}

	return s, s.partitions > 0
}

// sign adds the signatures of positions.
func (ps positions) sign(s *runner) {
	for topic, of := range ps {
		text := s.signature(topic).String()
		for _, p := range of {
			p.Metadata = &text
		}
	}
}
