package testhook

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// A Safeguard is a part of the engine that prevents one kind of damage. A test turns one off, and shows
// that another test notices: a safeguard that no test misses may be lost in any change.
type Safeguard string

// The safeguards that can be turned off. Each comment describes the safeguard, then what happens without it.
// The table tests names the test that notices.
const (
	// Generation: positions join a transaction with the generation of the group, so the broker refuses
	// those of a worker that has lost its partitions. Without it, that worker commits over its successor.
	Generation Safeguard = "generation"
	// Lease: a call is made only while the worker has shown a short time ago that it owns its partitions.
	// Without it, a worker that was suspended makes calls that its successor makes, too.
	Lease Safeguard = "lease"
	// LeaseStart: the lease counts from before the commit that proves it. Without it, a worker that was
	// suspended within the commit believes in a lease that it was never given.
	LeaseStart Safeguard = "lease-start"
	// Heartbeat: one that was refused proves nothing. Without it, a worker that is a member no longer keeps
	// its lease.
	Heartbeat Safeguard = "heartbeat"
	// Freshness: a row is as of now only while the lease is held. Without it, a worker that has lost its
	// partitions tells old rows as those of now.
	Freshness Safeguard = "freshness"
	// SentOnce: a transactional producer sends no request to a coordinator again when its connection broke.
	// Without it, the first one may arrive late, and commit the half of a later transaction.
	SentOnce Safeguard = "sent-once"
	// Hanging: what hangs of a producer's own transactions is ended before it writes. Without it, its next
	// transaction commits what had been aborted.
	Hanging Safeguard = "hanging"
	// Name: of two workers of one name, the one that claimed it first ends. Without it, both go on, or both
	// end.
	Name Safeguard = "name"
	// TransactionalIDs: no two stages or workers have one. Without it, they fence each other for ever.
	TransactionalIDs Safeguard = "transactional-ids"
	// OneDir: a folder has one worker. Without it, two destroy each other's stores.
	OneDir Safeguard = "one-dir"

	// FreshCache: the rows in memory are those of one session. Without it, an event is applied to a row
	// from before another worker had the partition.
	FreshCache Safeguard = "fresh-cache"
	// WholeRecovery: nothing is computed from tables whose recovery was cut short. Without it, rows that
	// were not read yet count as rows that were never written.
	WholeRecovery Safeguard = "whole-recovery"
	// VisibleEnd: recovery ends with the last committed record. Without it, it waits for a record after the
	// marker of the last transaction, which no consumer is ever given.
	VisibleEnd Safeguard = "visible-end"
	// RecoveredCells: the events that wait are read from their topic before the session begins. Without it,
	// a worker with an empty store forgets them.
	RecoveredCells Safeguard = "recovered-cells"
	// KnownPositions: a session commits nothing before it knows its start positions. Without it, rows are
	// committed without positions, and a transaction without positions is not fenced.
	KnownPositions Safeguard = "known-positions"
	// RowsNeedPositions: a partition with rows and without positions is refused. Without it, every event of
	// its inputs counts twice.
	RowsNeedPositions Safeguard = "rows-need-positions"
	// Signature: a position belongs to the topics that it was committed for. Without it, a topic that was
	// made anew is read from somewhere in its middle, or rows that are gone count on.
	Signature Safeguard = "signature"
	// Extents: a position is within what its topic has. Without it, records that retention has deleted are
	// skipped in silence.
	Extents Safeguard = "extents"
	// Places: a row is in its key's partition. Without it, the events of the key begin a second row.
	Places Safeguard = "places"
	// NoEffects: callbacks after the last commit of a session have no effect. Without it, they leave rows
	// that no transaction carries.
	NoEffects Safeguard = "no-effects"
	// LastCommit: a session ends with a commit. Without it, each rebalance throws work away, and calls are
	// made again.
	LastCommit Safeguard = "last-commit"
	// Partitions: a topic whose number of partitions has changed is refused. Without it, keys are in other
	// partitions than their rows, which silently begin again.
	Partitions Safeguard = "partitions"
	// PassedOver: goka has called back for each record that it marks. Without it, a record that it left out
	// has no effect, and its position moves on.
	PassedOver Safeguard = "passed-over"

	// Positions: those of all inputs are part of every transaction, changed or not. Without them, the
	// transaction is not fenced, and its events take effect again after a crash.
	Positions Safeguard = "positions"
	// StartPositions: at least once, they are committed before the first rows. Without it, a crash in the
	// first commit leaves rows without positions, which are refused from then on.
	StartPositions Safeguard = "start-positions"
	// PositionErrors: at least once, positions that are refused end the life of the stage. Without it, a
	// worker that was replaced goes on.
	PositionErrors Safeguard = "position-errors"
	// DecisionFirst: at least once, a decision is there before its event is deleted. Without it, a crash
	// between the two loses the decision.
	DecisionFirst Safeguard = "decision-first"
	// Acks: a commit awaits the acknowledgement of each record. Without it, a store has rows without their
	// offsets, and the broker's refusal of a record is not seen.
	Acks Safeguard = "acks"
	// StoreAfterCommit: rows reach the store once they are committed. Without it, the store keeps rows of a
	// transaction that was aborted.
	StoreAfterCommit Safeguard = "store-after-commit"
	// CellsBatch: the number and the offset of what waits are in the batch of the events themselves.
	// Without it, a crash between the two leaves a wrong number for ever, which bounds what is fetched.
	CellsBatch Safeguard = "cells-batch"
	// Committing: callbacks see the waiting events of the transaction that runs. Without it, an event that
	// the store does not have yet seems to be missing.
	Committing Safeguard = "committing"
	// Eviction: a row leaves the cache only once the store has it. Without it, the next event of the key is
	// applied to the row of before.
	Eviction Safeguard = "eviction"
	// Marker: a changelog says that events wait beside it. Without it, a worker of a former version forgets
	// them.
	Marker Safeguard = "marker"

	// TopicID: it is part of a store's path. Without it, a topic that was deleted and created again has the
	// rows of the old one.
	TopicID Safeguard = "topic-id"
	// Outdated: a store that was away for longer than its topic keeps deletions is wiped. Without it,
	// deleted rows come back.
	Outdated Safeguard = "outdated"
	// Damage: a store that was found to be damaged while it was read is wiped. Without it, the damage is
	// found again, at each start.
	Damage Safeguard = "damage"
	// WholeStore: a folder that lacks files of its store is not opened. Without it, some rows are there
	// under an offset that promises all.
	WholeStore Safeguard = "whole-store"

	// AttemptFirst: after a recovery, an attempt is committed before its call. Without it, a predecessor
	// that is not fenced yet may be making the same call.
	AttemptFirst Safeguard = "attempt-first"
	// EarlyAttempt: an attempt that was counted before its turn is made at once only if it is committed.
	// Without it, a crash leaves a call that nobody has counted.
	EarlyAttempt Safeguard = "early-attempt"
	// CountedAttempts: each attempt of a case has a number of its own. Without it, the answer to an attempt
	// that a crash cut off is taken for that of the next.
	CountedAttempts Safeguard = "counted-attempts"
	// LostAttempts: a case is given up after too many attempts that ended without an answer. Without it,
	// one that kills its worker does so for ever.
	LostAttempts Safeguard = "lost-attempts"
	// AnswerEvent: an answer is that of the event that waits. Without it, an answer that comes twice is
	// taken for the next event's.
	AnswerEvent Safeguard = "answer-event"
	// AnswerAttempt: an answer is that of the last attempt. Without it, one from before a crash is taken.
	AnswerAttempt Safeguard = "answer-attempt"
	// DecisionIDs: no two decisions have one id. Without it, a reader that leaves out what it has seen
	// loses the second.
	DecisionIDs Safeguard = "decision-ids"
	// Recheck: an answer is held to the case as it is now. Without it, a decision rests on rows that have
	// changed while the model thought.
	Recheck Safeguard = "recheck"
	// Anchor: what waits is what the topology has wait. Without it, a model is asked about a zeroed case.
	Anchor Safeguard = "anchor"
	// Accepts: a worker refuses to start with events for an operator that it does not have. Without it,
	// these wait for ever.
	Accepts Safeguard = "accepts"

	// Changes: a row that has read another one is looked at when that changes. Without it, a standing answer
	// stays as it was.
	Changes Safeguard = "changes"
	// MissedChanges: what a row says that it has read is compared with what there is now. Without it, a
	// change during the call, or while no worker runs, is missed.
	MissedChanges Safeguard = "missed-changes"
	// RebuiltWaits: what rows wait for is known again when a session begins. Without it, a change after a
	// restart is missed.
	RebuiltWaits Safeguard = "rebuilt-waits"
	// LateCopies: a copy that is behind what another worker has read is no change. Without it, answers that
	// came with a rebalance are asked for nothing.
	LateCopies Safeguard = "late-copies"

	// UnreadableRow: a row that can't be decoded stops its stage. Without it, each event of its key becomes
	// a dead letter.
	UnreadableRow Safeguard = "unreadable-row"
	// Misrouted: a record in another partition than its key's is refused. Without it, the key has two rows.
	Misrouted Safeguard = "misrouted"
	// Room: events are fetched only while fewer wait than allowed. Without it, they fill the memory and the
	// disk.
	Room Safeguard = "room"
	// Limits: a record is held to what its own topic takes. Without it, the broker refuses the whole
	// transaction, again and again.
	Limits Safeguard = "limits"
	// ModeAtCall: the mode of an operator is looked at right before a call. Without it, a call that waits
	// for its lease is made although the operator was paused meanwhile.
	ModeAtCall Safeguard = "mode-at-call"
	// FreshModes: a worker that could not read the modes of operators for a while makes no calls. Without
	// it, one that is cut off calls an operator that was paused.
	FreshModes Safeguard = "fresh-modes"
	// StableShare: which keys a share has is the same at all times. Without it, one customer is answered by
	// the operator and the candidate in turn.
	StableShare Safeguard = "stable-share"
	// ShadowBeside: nothing waits for a call beside. Without it, a slow candidate delays the decision.
	ShadowBeside Safeguard = "shadow-beside"
	// Turns: tenants whose cases wait get slots in turn. Without it, one with many cases starves the others.
	Turns Safeguard = "turns"
	// CallGone: a call ends if its event is superseded. Without it, the model goes on with a question whose
	// answer nothing waits for.
	CallGone Safeguard = "call-gone"
	// AgedTurn: now and then the case that has waited longest is asked about first. Without it, one of low
	// priority may wait for ever.
	AgedTurn Safeguard = "aged-turn"
	// ShadowCase: a call beside has a copy of the case. Without it, it sees what the operator has made of
	// it, or changes it under the operator.
	ShadowCase Safeguard = "shadow-case"
	// BudgetLimit: a request is made if it fits into what is left of each of its limits. Without it, servers
	// bill more than was allowed.
	BudgetLimit Safeguard = "budget-limit"
	// BudgetReserve: each request on the wire is reserved before it is sent. Without it, one that a hedge or
	// a retry adds is billed beyond the budget.
	BudgetReserve Safeguard = "budget-reserve"
	// BudgetUnknown: a request whose use is not known stays charged in full. Without it, what a server goes
	// on billing after a cancellation is spent twice.
	BudgetUnknown Safeguard = "budget-unknown"
	// BudgetOwn: only the process that has made a reservation ends it. Without it, a worker that was
	// suspended sends a request whose reservation is given to another one.
	BudgetOwn Safeguard = "budget-own"

	// EventTime: a time that no record can have is refused. Without it, it fails each commit.
	EventTime Safeguard = "event-time"

	// Inbox: a stage reads its inbox beside its inputs. Without it, dead letters that are redriven arrive
	// nowhere.
	Inbox Safeguard = "inbox"
	// RedrivenMark: a dead letter that is redriven is marked in the same transaction. Without it, it is
	// processed again each time.
	RedrivenMark Safeguard = "redriven-mark"
	// RedriveFence: of two that redrive or dismiss dead letters at a time, one commits. Without it, a letter
	// that both have found open is processed twice.
	RedriveFence Safeguard = "redrive-fence"
	// StoredFields: a stored row with a field that its type lacks stops its stage. Without it, the next
	// change of the row loses the field.
	StoredFields Safeguard = "stored-fields"
)

// A Test fails without a safeguard.
type Test struct {
	Safeguard Safeguard
	Package   string // its folder in the module
	Name      string
}

// tests has one for each safeguard. `make sabotage` shows that it does notice.
var tests = []Test{
	{Generation, "processors", "TestPositionsCarryTheGeneration"},
	{Lease, "processors", "TestCallsOfASessionAwaitItsLease"},
	{LeaseStart, "processors", "TestLeaseLastsFromBeforeTheCommit"},
	{Heartbeat, "processors", "TestHeartbeatsRenewTheLease"},
	{Freshness, "processors", "TestFreshness"},
	{SentOnce, "processors", "TestNoRequestOfATransactionIsSentTwice"},
	{Hanging, "processors", "TestWhatHangsOfItsOwnIsEndedBeforeAProducerStarts"},
	{Name, "processors", "TestAWorkerEndsWhenItsNameIsClaimed"},
	{TransactionalIDs, "processors", "TestTransactionalIDsAreUnique"},
	{OneDir, "processors", "TestADirIsClaimedOnce"},

	{FreshCache, "processors", "TestCacheEndsWithTheSession"},
	{WholeRecovery, "processors", "TestRecoveryCutShortIsNotTrusted"},
	{VisibleEnd, "processors", "TestATransactionEndsBeforeItsMarker"},
	{RecoveredCells, "processors", "TestWhatWaitsIsRecovered"},
	{KnownPositions, "processors", "TestNoCommitWithoutPositions"},
	{RowsNeedPositions, "processors", "TestAPartitionWithRowsNeedsPositions"},
	{Signature, "processors", "TestAPositionBelongsToItsTopics"},
	{Extents, "processors", "TestAPositionIsWithinItsTopic"},
	{Places, "processors", "TestARowIsInThePartitionOfItsKey"},
	{NoEffects, "processors", "TestNoEffectsAfterRevoke"},
	{LastCommit, "processors", "TestNoCommitWithoutPositions"},
	{Partitions, "processors", "TestAddedPartitionsAreRefused"},
	{PassedOver, "processors", "TestARecordThatIsPassedOver"},

	{Positions, "processors", "TestEachTransactionCarriesAllPositions"},
	{StartPositions, "processors", "TestStartPositionsComeBeforeTheFirstRows"},
	{PositionErrors, "processors", "TestErrorsOfPositionsEndTheIncarnation"},
	{DecisionFirst, "processors", "TestADecisionIsThereBeforeItsEventIsDeleted"},
	{Acks, "processors", "TestCommitAwaitsAcknowledgements"},
	{StoreAfterCommit, "processors", "TestAStoreHasOnlyWhatIsCommitted"},
	{CellsBatch, "processors", "TestWhatWaitsIsStoredInOneBatch"},
	{Committing, "processors", "TestCallbacksSeeWhatIsBeingCommitted"},
	{Eviction, "processors", "TestCacheIsBounded"},
	{Marker, "processors", "TestAChangelogIsMarked"},

	{TopicID, "processors", "TestStoreIsOfOneTopicOnly"},
	{Outdated, "processors", "TestAStoreThatWasAwayForTooLongIsWiped"},
	{Damage, "internal/store", "TestPebbleDamageIsWiped"},
	{WholeStore, "internal/store", "TestPebbleHalfDeleted"},

	{AttemptFirst, "processors", "TestCallsAfterRecoveryAwaitTheCommit"},
	{EarlyAttempt, "processors", "TestEarlyAttemptAwaitsItsCommit"},
	{CountedAttempts, "internal/stage", "TestLaw5AnAnswerOfAnOlderAttemptIsIgnored"},
	{LostAttempts, "internal/stage", "TestLaw8ACaseThatKillsItsWorkerIsGivenUp"},
	{AnswerEvent, "internal/stage", "TestLaw5AnAnswerOfAnotherEventIsIgnored"},
	{AnswerAttempt, "internal/stage", "TestLaw5AnAnswerOfAnOlderAttemptIsIgnored"},
	{DecisionIDs, "internal/stage", "TestLaw5TwoDecisionsNeverHaveOneID"},
	{Recheck, "internal/stage", "TestLaw6AChangedCaseIsAskedAgainAndThenGivenUp"},
	{Anchor, "internal/stage", "TestLaw8WhatWaitsIsTakenForNothingElse"},
	{Accepts, "processors", "TestEventsOfAnUnknownOperatorAreRefused"},

	{Changes, "topology/view", "TestThoseAreAskedAgainOfWhichARowMatters"},
	{MissedChanges, "topology/view", "TestAStormEnds"},
	{RebuiltWaits, "topology/view", "TestAnswersAreWatchedAfterARestart"},
	{LateCopies, "internal/stage", "TestACopyThatIsBehindIsNoChange"},

	{UnreadableRow, "internal/stage", "TestLaw8ARowThatCannotBeReadIsNobodysDeadLetter"},
	{Misrouted, "internal/stage", "TestLaw8ABadRecordIsADeadLetter"},
	{Room, "processors", "TestWithoutRoomOnlyAnswersPass"},
	{Limits, "internal/stage", "TestLaw8WhatATopicDoesNotTakeIsADeadLetter"},
	{ModeAtCall, "internal/stage", "TestAModeHoldsUpACallThatHasItsSlot"},
	{FreshModes, "processors", "TestAWorkerThatIsCutOffMakesNoCalls"},
	{StableShare, "internal/stage", "TestAKeyGoesOneWay"},
	{ShadowBeside, "internal/stage", "TestNothingWaitsForAShadow"},
	{Turns, "internal/stage", "TestTenantsShareTheSlots"},
	{CallGone, "internal/stage", "TestACallWhoseEventIsSupersededEnds"},
	{AgedTurn, "internal/stage", "TestTheMostUrgentHeadIsNext"},
	{ShadowCase, "internal/stage", "TestAShadowHasACaseOfItsOwn"},
	{BudgetLimit, "internal/ledger", "TestALedgerGrantsWhatIsLeft"},
	{BudgetReserve, "internal/stage", "TestEachRequestOfACallIsReserved"},
	{BudgetUnknown, "internal/stage", "TestWhatACallThatWasCutOffHasUsedIsUnknown"},
	{BudgetOwn, "internal/ledger", "TestWhatIsNeverSettledStaysCharged"},

	{EventTime, "internal/stage", "TestLaw8ATimeNoRecordCanHaveIsADeadLetter"},

	{Inbox, "processors", "TestAStageReadsItsInbox"},
	{RedrivenMark, "processors", "TestADeadLetterEndsOnce"},
	{RedriveFence, "processors", "TestOfTwoThatEndDeadLettersTheLaterOneCommits"},
	{StoredFields, "internal/stage", "TestAStoredFieldThatWouldBeLostIsAnErrorOfTheStage"},
}

// Tests returns the test of each safeguard that can be turned off.
func Tests() []Test { return slices.Clone(tests) }

// Safeguards returns all safeguards that can be turned off.
func Safeguards() (all []Safeguard) {
	for _, t := range tests {
		all = append(all, t.Safeguard)
	}
	return all
}

// off are the safeguards that are turned off. Nothing changes it once a worker runs.
var off map[Safeguard]bool

// Sabotage turns off the safeguards that list names, separated by commas, in all workers of this process.
// It must be called before the first of them runs. No production code calls it. Its error names a safeguard
// that does not exist.
func Sabotage(list string) error {
	for name := range strings.SplitSeq(list, ",") {
		s := Safeguard(strings.TrimSpace(name))
		if s == "" {
			continue
		}

		if !slices.Contains(Safeguards(), s) {
			return fmt.Errorf("testhook: there is no safeguard %q: the safeguards are %v", s, Safeguards())
		}

		if off == nil {
			off = map[Safeguard]bool{}
		}
		off[s] = true
	}

	return nil
}

// Env is the environment variable with the list that SabotageTests turns off.
const Env = "SLIPSTREAM_SABOTAGE"

// SabotageTests turns off the safeguards that the environment names. A package with one of Tests calls it
// when its tests are initialized.
func SabotageTests() {
	if err := Sabotage(os.Getenv(Env)); err != nil {
		panic(err)
	}
}

// IsOff reports whether a safeguard is turned off.
func IsOff(s Safeguard) bool { return off[s] }
