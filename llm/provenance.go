package llm

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// Names of the provenance that Decide returns, fit for headers of a record.
const (
	DecidedBy     = "decidedby"     // ByModel or ByRepair; callers of GiveUp or of a policy put their own
	ModelName     = "model"         // as the server calls it
	PromptVersion = "promptversion" // Operator.Version, or a hash of its instructions
	TokensIn      = "tokensin"      // of all rounds
	TokensOut     = "tokensout"     // of all rounds
	LatencyMS     = "latencyms"     // in the model, of all rounds, in milliseconds
	Trimmed       = "trimmed"       // how many cuts it took to fit the prompt; only if any
	FromCache     = "fromcache"     // "true" if no model was asked; only then
)

// Values of DecidedBy. Decide writes the first two. The others are for decisions without a model.
const (
	ByModel    = "model"    // the first answer held
	ByRepair   = "repair"   // the second did, after the objection was shown
	ByFallback = "fallback" // GiveUp answered
	ByPolicy   = "policy"   // a rule decided, and no model was asked
)

// A Usage adds up what one decision has used, for its provenance.
type Usage struct {
	Version string // of the prompt
	Model   string // that answered last
	In, Out int    // tokens
	Took    time.Duration
	Trimmed int // cuts that it took to fit the prompt

	replies, cached int
}

// VersionOf is the version of a prompt that states none: a hash of its instructions.
func VersionOf(instructions string) string {
	sum := sha256.Sum256([]byte(instructions))
	return hex.EncodeToString(sum[:4])
}

// Add counts a reply. One from a cache has used nothing.
func (u *Usage) Add(r Reply) {
	u.Model = r.Model
	u.replies++
	if r.Cached {
		u.cached++
		return
	}
	u.In += r.TokensIn
	u.Out += r.TokensOut
	u.Took += r.Took
}

// Provenance is the usage as the strings that Decide returns. by is a value of DecidedBy, or empty for a
// failure, which has decided nothing.
func (u *Usage) Provenance(by string) map[string]string {
	p := map[string]string{
		PromptVersion: u.Version,
		TokensIn:      strconv.Itoa(u.In),
		TokensOut:     strconv.Itoa(u.Out),
		LatencyMS:     strconv.FormatInt(u.Took.Milliseconds(), 10),
	}
	if by != "" {
		p[DecidedBy] = by
	}

	if u.Model != "" {
		p[ModelName] = u.Model
	}

	if u.cached > 0 && u.cached == u.replies {
		p[FromCache] = "true"
	}

	if u.Trimmed > 0 {
		p[Trimmed] = strconv.Itoa(u.Trimmed)
	}

	return p
}
