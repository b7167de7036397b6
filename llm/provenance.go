package llm

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// The provenance of a decision: names of the strings that Decide returns, fit for headers of a record.
const (
	DecidedBy     = "decidedby"     // ByModel, ByRepair, or what the caller of GiveUp or of a policy puts there
	ModelName     = "model"         // as the server calls it
	PromptVersion = "promptversion" // Operator.Version, or a hash of its instructions
	TokensIn      = "tokensin"      // of all rounds
	TokensOut     = "tokensout"     // of all rounds
	LatencyMS     = "latencyms"     // in the model, of all rounds, in milliseconds
	Trimmed       = "trimmed"       // how many cuts it took to fit the prompt; only if any
)

// Values of DecidedBy. Decide writes the first two; the others are for who decides without a model.
const (
	ByModel    = "model"    // the first answer held
	ByRepair   = "repair"   // the second did, after the objection was shown
	ByFallback = "fallback" // GiveUp answered
	ByPolicy   = "policy"   // nobody was asked
)

// A Usage adds up what one decision costs, for its provenance.
type Usage struct {
	Version string // of the prompt
	Model   string // that answered last
	In, Out int    // tokens
	Took    time.Duration
	Trimmed int // cuts that it took to fit the prompt
}

// VersionOf is the version of a prompt that has none: a hash of its instructions.
func VersionOf(instructions string) string {
	sum := sha256.Sum256([]byte(instructions))
	return hex.EncodeToString(sum[:4])
}

// Add puts a reply on the bill.
func (b *Usage) Add(r Reply) {
	b.Model = r.Model
	b.In += r.TokensIn
	b.Out += r.TokensOut
	b.Took += r.Took
}

// Provenance is the bill as the strings that Decide returns. by is a value of DecidedBy; empty for a failure, which has
// not decided.
func (b *Usage) Provenance(by string) map[string]string {
	h := map[string]string{
		PromptVersion: b.Version,
		TokensIn:      strconv.Itoa(b.In),
		TokensOut:     strconv.Itoa(b.Out),
		LatencyMS:     strconv.FormatInt(b.Took.Milliseconds(), 10),
	}
	for name, v := range map[string]string{DecidedBy: by, ModelName: b.Model} {
		if v != "" {
			h[name] = v
		}
	}
	if b.Trimmed > 0 {
		h[Trimmed] = strconv.Itoa(b.Trimmed)
	}
	return h
}

func (o Operator[In, Out]) bill() Usage {
	return Usage{Version: cmp.Or(o.Version, VersionOf(o.Instructions))}
}
