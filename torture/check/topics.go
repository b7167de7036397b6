package check

// Topics are the names of a round's topics.
type Topics struct{ round string }

// TopicsOf returns the topics of a round, whose topology has the round's name.
func TopicsOf(round string) Topics { return Topics{round} }

func (t Topics) of(what string) string { return t.round + "." + what }

// Entries are inputs, in the partitions of their accounts.
func (t Topics) Entries() string { return t.of("entries") }

// Terms are inputs, in the same partitions.
func (t Topics) Terms() string { return t.of("terms") }

// Rates are inputs.
func (t Topics) Rates() string { return t.of("rates") }

func (t Topics) balances() string    { return t.of("balances") }
func (t Topics) verdicts() string    { return t.of("verdicts") }
func (t Topics) failures() string    { return t.of("failures") }
func (t Topics) reviews() string     { return t.of("reviews") }
func (t Topics) deadLetters() string { return t.of("dead-letters") }
func (t Topics) journal() string     { return t.of("journal") }
func (t Topics) parts() string       { return t.of("journal-parts") }

// Changelog is that of a table.
func (t Topics) Changelog(table string) string { return t.of(table + "-table") }

func (t Topics) cells(stage string) string { return t.of(stage + "-cells") }

// Inputs returns the topics that a round creates.
func (t Topics) Inputs() []string { return []string{t.Entries(), t.Terms(), t.Rates()} }

// outputs are the topics that show how far the workers are.
func (t Topics) outputs() []string {
	return []string{t.balances(), t.verdicts(), t.failures(), t.reviews(), t.deadLetters()}
}

// Groups are the consumer groups of the stages.
func (t Topics) Groups() []string { return []string{t.of("rates"), t.of("accounts"), t.of("audits")} }

// All are the topics of a round.
func (t Topics) All() []string {
	return append(append(t.Inputs(), t.outputs()...), t.journal(), t.parts(), t.cells("accounts"),
		t.Changelog("rates"), t.Changelog("accounts"), t.Changelog("audits"))
}
