// Package contradictions finds the decisions of a day that the live rows contradict, and what they cost. It
// reads topics alone: flight-events, customer-events, seat-replies and decisions, when the day is over.
//
// # Contradicted
//
// An answer is what the decider gave, once for each time it was asked: a proposal that the flight's row
// granted or refused, or a decision that needed no seats. The live rows contradict it if, by what had
// happened before the moment of the day at which it was asked,
//
//   - cancelled, departed, closed, full: the flight chosen could not be taken
//   - later: it arrives more than half an hour later than the decider was shown
//   - better: another way, by the same rules and the same reading of the note, arrives more than half an hour sooner
//   - given up: money or a person, where there was a way
//
// An answer counts once, under the first of these that fits. Events of the same minute as the answer are not
// held against it, except for those of its own flight, which it is about: it is not known which came first.
// So parties who are told of one cancellation and compete for the same seats are no contradiction; the owning
// row's refusals count them.
//
// # Minutes
//
// Of an answer that took effect, what it gave away is how much sooner the best way at that moment would have
// arrived, as then known. Of a whole day, [Compare] says how much later the parties arrived than in another
// run of the same day, by the flights' actual arrivals: seats that one party missed and another got cancel
// out there, and what came later counts.
//
// Parties count once each, whatever their size. The rules are the airline's default ones.
package contradictions
