package llm

import (
	"log/slog"
)

// Offered returns the tools that can be offered to a model: it leaves out those whose schemas can't be used,
// and has the log say so, once each. Adapters call it.
func Offered(tools []Tool) (usable []Tool) {
	for _, t := range tools {
		j, err := judgeOf(t.Schema, foreign)
		if err == nil {
			_, err = argsForGrammar(t)
		}

		if err != nil {
			j.told.Do(func() {
				slog.Warn("a tool is not offered to the model: its schema can't be used",
					"tool", t.Name, "err", err)
			})

			continue
		}

		if len(j.unchecked) > 0 {
			j.told.Do(func() {
				slog.Warn("a tool's arguments are not checked by patterns that Go can't express",
					"tool", t.Name, "patterns", j.unchecked)
			})
		}
		usable = append(usable, t)
	}

	return usable
}
