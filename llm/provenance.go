package llm

import (
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

// A bill adds up what one decision costs.
type bill struct {
	version   string
	model     string
	in, out   int
	took      time.Duration
	trimmed   int
	objection error // the last
}

func (o Operator[In, Out]) bill() bill {
	if o.Version != "" {
		return bill{version: o.Version}
	}
	sum := sha256.Sum256([]byte(o.Instructions))
	return bill{version: hex.EncodeToString(sum[:4])}
}

func (b *bill) add(r Reply) {
	b.model = r.Model
	b.in += r.TokensIn
	b.out += r.TokensOut
	b.took += r.Took
}

// headers are the provenance; by is empty for a failure, which has not decided.
func (b *bill) headers(by string) map[string]string {
	h := map[string]string{
		PromptVersion: b.version,
		TokensIn:      strconv.Itoa(b.in),
		TokensOut:     strconv.Itoa(b.out),
		LatencyMS:     strconv.FormatInt(b.took.Milliseconds(), 10),
	}
	for name, v := range map[string]string{DecidedBy: by, ModelName: b.model} {
		if v != "" {
			h[name] = v
		}
	}
	if b.trimmed > 0 {
		h[Trimmed] = strconv.Itoa(b.trimmed)
	}
	return h
}
