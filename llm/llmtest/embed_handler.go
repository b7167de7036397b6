package llmtest

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/ollama/ollama/api"

	"github.com/slipstream-go/slipstream/llm"
)

// EmbedHandler answers POST /api/embed as an Ollama does that has one model, of that name, and embeds as e
// does. What e refuses is a 400, its other failures are a 503.
func EmbedHandler(name string, e llm.Embedder) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Model string
			Input []string
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}

		if q.Model != name {
			refuse(w, http.StatusNotFound, "model '"+q.Model+"' not found")
			return
		}

		out, err := e.Embed(r.Context(), q.Input)
		switch {
		case errors.Is(err, llm.ErrRefused):
			refuse(w, http.StatusBadRequest, err.Error())
		case err != nil:
			refuse(w, http.StatusServiceUnavailable, err.Error())
		default:
			_ = json.NewEncoder(w).Encode(api.EmbedResponse{Model: name, Embeddings: out.Vectors,
				PromptEvalCount: out.Tokens})
		}
	})
}
