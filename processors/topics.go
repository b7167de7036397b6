package processors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/text"
)

// topicInfo is what a worker must know of a topic.
type topicInfo struct {
	partitions int32
	id         string // tells apart topics that had one name, one after the other

	limits      limits
	deletesLast time.Duration // how long a compacted topic keeps deletions; 0: it is not one of the engine's
}

// ensureTopics creates the topics that are missing, and checks those that exist. All topics that one stage
// reads, and its changelog, must have the same number of partitions, since a key of one must meet the same
// key of another in one worker.
func ensureTopics(ctx context.Context, admin sarama.ClusterAdmin, c Config, plans []*plan.Plan,
	notify func(Notice)) (
	map[string]topicInfo, error,
) {
	t := &topics{admin: admin, c: c, notify: notify, want: map[string]*wanted{}}
	if err := t.list(plans); err != nil {
		return nil, err
	}

	if err := errors.Join(t.decide()...); err != nil {
		return nil, err
	}

	if err := t.create(); err != nil {
		return nil, err
	}

	return t.describe(ctx)
}

type topics struct {
	admin  sarama.ClusterAdmin
	c      Config
	notify func(Notice)
	names  []string                      // those of want, in order
	want   map[string]*wanted            // by name
	have   map[string]sarama.TopicDetail // what the cluster has, by name
}

// wanted is a topic as the plans want it.
type wanted struct {
	partitions int32    // 0: those that it has, or the default
	with       []string // topics that must have as many
	stage      string   // the stage because of which they must
	settings   map[string]string
	reads      bool // a stage reads it
	writes     bool // a stage writes it
	table      bool // a changelog: it is compacted
	inbox      bool // it gets as many partitions as those with it have
	journal    bool // answers on record: it is compacted, and kept for a time
	ledger     bool // of budgets: it keeps all, with the broker's times
}

// list finds the topics that there are, and those that the plans want.
func (t *topics) list(plans []*plan.Plan) (err error) {
	if t.have, err = t.admin.ListTopics(); err != nil {
		return fmt.Errorf("processors: list topics: %w", err)
	}

	for _, p := range plans {
		t.plan(p)
	}

	return nil
}

// plan adds what a plan wants. The topic of events that wait is wanted for as long as there is one: events may
// still wait for an operator that the stage does not have any more.
func (t *topics) plan(p *plan.Plan) {
	for _, topic := range p.Topics {
		w := t.topic(topic.Name)
		w.partitions = max(w.partitions, int32(topic.Partitions))
		w.reads = w.reads || topic.Read
		w.writes = w.writes || topic.Written
		if topic.Settings != nil {
			w.settings = topic.Settings
		}
	}

	t.topic(p.DeadLetters())

	redriven := t.topic(plan.RedrivenOf(p.Name))
	redriven.table, redriven.partitions = true, 1

	if p.HasOperators() {
		control := t.topic(plan.ControlOf(p.Name))
		control.table, control.partitions = true, 1
	}

	if p.HasBudgets() {
		budget := t.topic(plan.BudgetOf(p.Name))
		budget.ledger, budget.partitions = true, 1
	}

	if p.HasJournal() {
		t.topic(p.Journal()).journal = true
		t.topic(p.JournalParts()).journal = true
	}

	for i := range p.Stages {
		s := &p.Stages[i]
		t.topic(p.Inbox(s)).inbox = true
		with := slices.Clone(s.Inputs)
		if s.Keeps {
			t.topic(p.Changelog(s)).table = true
			with = append(with, p.Changelog(s))
		}

		if _, left := t.have[p.Cells(s)]; s.Waits || s.Keeps && left {
			t.topic(p.Cells(s)).table = true
			with = append(with, p.Cells(s))
		}

		for _, name := range with {
			w := t.topic(name)
			w.with = append(w.with, with...)
			w.stage = p.Group(s)
		}
	}
}

// topic returns what is wanted of a topic, and adds it if it is new.
func (t *topics) topic(name string) *wanted {
	if t.want[name] == nil {
		t.want[name] = &wanted{}
		t.names = append(t.names, name)
	}
	return t.want[name]
}

// decide sets the number of partitions of each wanted topic, group by group of those that must have the same.
func (t *topics) decide() (errs []error) {
	done := map[string]bool{}
	for _, name := range t.names {
		if done[name] {
			continue
		}

		group := t.together(name, nil)
		n, err := t.number(group)
		errs = append(errs, err)
		for _, name := range group {
			done[name] = true
			errs = append(errs, t.compacted(name), t.isLedger(name))
			t.want[name].partitions = max(n, 0)
		}
	}

	return errs
}

// number is how many partitions the topics of a group have or get: those of the topics that exist, or else
// those that the topologies ask for, or else the default.
func (t *topics) number(group []string) (n int32, err error) {
	var errs []error
	var first string
	for _, name := range group {
		d, exists := t.have[name]
		switch {
		case !exists || t.want[name].inbox:
		case n == 0:
			n, first = d.NumPartitions, name
		case n != d.NumPartitions:
			errs = append(errs, fmt.Errorf("processors: stage %s: topic %s has %d partitions and topic %s has %d: "+sameNumber,
				t.want[name].stage, first, n, name, d.NumPartitions))
		}
	}

	if n == 0 {
		if n, err = t.agreed(group); err != nil {
			errs = append(errs, err)
		}
	}

	return cmp.Or(n, int32(t.c.Partitions)), errors.Join(errs...)
}

const sameNumber = "they must have the same number, since their keys meet in one place. " +
	"If partitions were added to an input, move what the stage keeps with the verb repartition"

// agreed is the number of partitions that the topologies ask for, for topics that must have the same, or 0 if
// none asks.
func (t *topics) agreed(group []string) (n int32, err error) {
	var first string
	for _, name := range group {
		want := t.want[name].partitions
		switch {
		case want == 0:
		case n == 0:
			n, first = want, name
		case n != want:
			return n, fmt.Errorf("processors: stage %s: topic %s is to have %d partitions and topic %s %d: "+sameNumber,
				t.want[name].stage, first, n, name, want)
		}
	}

	return n, nil
}

// together returns the topics that must have as many partitions as this one, itself included.
func (t *topics) together(name string, seen []string) []string {
	if slices.Contains(seen, name) {
		return seen
	}

	seen = append(seen, name)
	for _, other := range t.want[name].with {
		seen = t.together(other, seen)
	}
	return seen
}

// compacted refuses an existing changelog from which the broker would delete rows.
func (t *topics) compacted(name string) error {
	d, exists := t.have[name]
	if !exists || !t.want[name].table {
		return nil
	}

	if v := d.ConfigEntries["cleanup.policy"]; v != nil && strings.Contains(*v, "compact") &&
		!strings.Contains(*v, "delete") {
		return nil
	}

	policy, err := t.setting(name, "cleanup.policy")
	if err == nil && policy != "compact" {
		err = fmt.Errorf("processors: topic %s keeps the rows of a table, but its cleanup.policy is %q, "+
			"which deletes them: set it to compact", name, policy)
	}

	return err
}

// isLedger refuses an existing ledger that the broker would shorten, or whose windows would be those of the
// workers' clocks.
func (t *topics) isLedger(name string) error {
	d, exists := t.have[name]
	if !exists || !t.want[name].ledger {
		return nil
	}

	if d.NumPartitions != 1 {
		return fmt.Errorf("processors: topic %s is the ledger of budgets, and has %d partitions: "+
			"it has to have one", name, d.NumPartitions)
	}

	for setting, want := range ledgerSettings {
		is, err := t.setting(name, setting)
		if err != nil {
			return err
		}

		if is != want {
			return fmt.Errorf("processors: topic %s is the ledger of budgets, and its %s is %q: set it to %q",
				name, setting, is, want)
		}
	}

	return nil
}

// ledgerSettings are those of the ledger of budgets.
var ledgerSettings = map[string]string{
	"cleanup.policy":         "delete",
	"message.timestamp.type": "LogAppendTime",
	"retention.bytes":        "-1",
	"retention.ms":           "-1",
}

// create creates the topics that are missing.
func (t *topics) create() error {
	replication := int16(t.c.Replication)
	if replication == 0 {
		brokers, _, err := t.admin.DescribeCluster()
		if err != nil {
			return fmt.Errorf("processors: describe the cluster: %w", err)
		}
		replication = int16(min(len(brokers), 3))
	}

	for _, name := range t.names {
		if d, exists := t.have[name]; exists {
			if err := t.grow(name, d.NumPartitions); err != nil {
				return err
			}
			continue
		}

		d := &sarama.TopicDetail{
			NumPartitions:     t.want[name].partitions,
			ReplicationFactor: replication,
			ConfigEntries:     map[string]*string{},
		}
		t.want[name].configure(d.ConfigEntries, t.c)

		err := t.admin.CreateTopic(name, d, false)
		if err != nil && !errors.Is(err, sarama.ErrTopicAlreadyExists) { // another worker may have been faster
			return fmt.Errorf("processors: create topic %s with %d partitions and replication %d: %w",
				name, d.NumPartitions, replication, err)
		}

		if w := t.want[name]; w.reads && !w.writes {
			t.tellNewInput(name)
		}

		if err == nil {
			t.notify(Notice{Kind: TopicCreated, Topic: name, Count: int64(d.NumPartitions)})
		}
	}

	return nil
}

// tellNewInput tells of an input that is created: its name may be misspelled, or the cluster the wrong one. A
// cluster that has no topics yet is a new one, in which each input is new.
func (t *topics) tellNewInput(name string) {
	level := slog.LevelInfo
	for other := range t.have {
		if !strings.HasPrefix(other, "__") { // Kafka's own
			level = slog.LevelWarn
		}
	}

	attrs := []any{"topic", name}
	if near := text.Near(name, slices.Sorted(maps.Keys(t.have)), 3); len(near) > 0 {
		attrs = append(attrs, "similar", near)
	}
	t.c.Logger.Log(context.Background(), level, "an input did not exist and is created: no step of this "+
		"worker writes it, so events come only if another program sends them to this name", attrs...)
}

// grow adds partitions to an inbox, after some were added to its stage's inputs. A record that is in it by
// then is in the wrong partition, and becomes the dead letter again that it was.
func (t *topics) grow(name string, has int32) error {
	want := t.want[name]
	if !want.inbox || has >= want.partitions {
		return nil
	}

	err := t.admin.CreatePartitions(name, want.partitions, nil, false)
	if err != nil && !errors.Is(err, sarama.ErrInvalidPartitions) { // another worker may have been faster
		return fmt.Errorf("processors: add partitions to topic %s: %w", name, err)
	}

	return nil
}

// configure sets the configuration of a topic that is created.
func (w *wanted) configure(entries map[string]*string, c Config) {
	entries["retention.ms"] = ptr("-1") // a record's time is the event's, which may be years ago
	switch {
	case w.table:
		entries["cleanup.policy"] = ptr("compact")
	case w.journal: // its records have the time at which they were made
		entries["cleanup.policy"] = ptr("compact,delete")
		entries["compression.type"] = ptr("zstd")
		if c.JournalFor > 0 {
			entries["retention.ms"] = ptr(strconv.FormatInt(c.JournalFor.Milliseconds(), 10))
		}
	case w.ledger:
		for name, v := range ledgerSettings {
			entries[name] = ptr(v)
		}
	}

	for name, v := range w.settings {
		entries[name] = ptr(v)
	}
}

func ptr[T any](v T) *T { return &v }

// describe waits until every topic has leaders, and checks what another worker may have created meanwhile.
func (t *topics) describe(ctx context.Context) (map[string]topicInfo, error) {
	for {
		ms, err := t.admin.DescribeTopics(t.names)
		if err != nil {
			return nil, fmt.Errorf("processors: describe topics: %w", err)
		}

		out, waiting := map[string]topicInfo{}, ""
		for _, m := range ms {
			grows := t.want[m.Name].inbox && len(m.Partitions) < int(t.want[m.Name].partitions)
			if m.Err != sarama.ErrNoError || leaderless(m) || grows {
				waiting = m.Name
				continue
			}
			out[m.Name] = topicInfo{partitions: int32(len(m.Partitions)), id: m.Uuid.String()}
		}

		if waiting == "" && len(out) == len(t.names) {
			t.limits(out)
			return out, errors.Join(t.asDecided(out), t.deletions(out))
		}

		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("processors: topic %s has no leader: %w", waiting, ctx.Err())
		}
	}
}

// deletions sets how long compacted topics keep deletions.
func (t *topics) deletions(out map[string]topicInfo) error {
	const setting = "delete.retention.ms"
	for _, name := range t.names {
		if !t.want[name].table {
			continue
		}

		v, err := t.setting(name, setting)
		if err != nil {
			return err
		}

		ms, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return fmt.Errorf("processors: topic %s: %s is %q", name, setting, v)
		}

		info := out[name]
		info.deletesLast = time.Duration(min(ms, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
		out[name] = info
	}

	return nil
}

// setting returns a topic's configuration, the brokers' own settings included. The listing of topics leaves
// those out.
func (t *topics) setting(topic, name string) (string, error) {
	entries, err := t.settings(topic, name)
	if err != nil {
		return "", err
	}

	for _, e := range entries {
		if e.Name == name {
			return e.Value, nil
		}
	}

	return "", fmt.Errorf("processors: topic %s: the broker does not tell its %s", topic, name)
}

// toldWithin is how long a broker may not know of a topic that another one has just created.
const toldWithin = 10 * time.Second

// settings returns some of a topic's configuration. It asks again while the broker does not know the topic.
func (t *topics) settings(topic string, names ...string) ([]sarama.ConfigEntry, error) {
	ask := []*sarama.ConfigResource{{Type: sarama.TopicResource, Name: topic, ConfigNames: names}}
	for patience := time.Now().Add(toldWithin); ; time.Sleep(settlePause) {
		results, err := t.admin.DescribeConfigs(ask, sarama.DescribeConfigsOptions{})
		switch {
		case err == nil && len(results) > 0 && len(results[0].Configs) > 0:
			return results[0].Configs, nil
		case time.Now().Before(patience) && (err == nil || errors.Is(err, sarama.ErrUnknownTopicOrPartition)):
		case err == nil:
			return nil, nil
		default:
			return nil, fmt.Errorf("processors: describe topic %s: %w", topic, err)
		}
	}
}

// asDecided checks that topics have the number of partitions that was decided, whichever worker has created
// them.
func (t *topics) asDecided(out map[string]topicInfo) error {
	for _, name := range t.names {
		want := t.want[name]
		if len(want.with) > 0 && out[name].partitions != want.partitions {
			return fmt.Errorf("processors: stage %s: topic %s has %d partitions, %d are needed",
				want.stage, name, out[name].partitions, want.partitions)
		}
	}
	return nil
}

func leaderless(m *sarama.TopicMetadata) bool {
	for _, p := range m.Partitions {
		if p.Err != sarama.ErrNoError || p.Leader < 0 {
			return true
		}
	}
	return len(m.Partitions) == 0
}
