// Package score says how well decisions honour what customers wrote, and what that costs in minutes.
//
// The judge is told what each note means by the code that made up the customers; neither model nor policy is
// told. It looks at a decision and at all that could have been chosen instead, both as the decision itself
// records them, and uses no code that decides. What the policy would have done is asked of the policy, on the
// facts of the same case and without the note, so the two are compared on the same cases under the same
// choices.
//
// # When a note is honoured
//
//   - earliest: they travel, and no other way arrives a minute or more sooner
//   - arrive-before, depart-after: they travel, and arrive, or leave, in time
//   - money-back: they are refunded
//   - wait: they keep their own flight
//   - nothing: they travel, and no other way arrives half an hour or more sooner. An order to the assistant means this
//
// A meaning is one wish, or several in order of preference: the first that any choice honours is the one that
// counts. Where none can be honoured, whatever is decided, the case is out of reach: it is counted apart, and
// neither side is blamed. A case given to a person honours nothing.
//
// A customer counts once, with the last decision. Intervals are Wilson's for a share and Newcombe's for the
// difference of two shares on the same cases (method 10 of his paper on paired data, 1998), both of 95 %.
package score
