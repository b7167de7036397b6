package state

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/slipstream-go/slipstream/internal/exact"
	"github.com/slipstream-go/slipstream/topology"
)

// Headers of an answer.
const (
	VersionHeader = "Slipstream-Version" // the number of changes of the row so far
	AsOfHeader    = "Slipstream-As-Of"   // RFC 3339: every change committed before it is in the answer
	OwnerHeader   = "Slipstream-Owner"   // of a 421: the worker to ask, host:port
	ErrorHeader   = "Slipstream-Error"   // of an error that has a name here: no-table, not-here, moved
)

// Limits of a page, in rows.
const (
	defaultPage = 100
	largestPage = 1000
)

// PageBytes is where a page ends, however many rows its request allows: with the row, or the waiting event,
// whose key and value reach it. So a page has at most one row more than these bytes.
const PageBytes = 4 << 20

// Public is what a worker shows over HTTP. Its zero value shows nothing.
type Public struct {
	// Tables can be read and listed. Defaults to none.
	Tables []string

	// Topics can be followed. Defaults to none.
	Topics []string

	// Streams follows Topics. It is required if there are any.
	Streams Streams

	// Waits lists what waits for operators. Defaults to nil: it can't be listed.
	Waits Waits

	// Budget returns what is spent of the budgets of a topology, as it is to be told in JSON. Defaults to
	// nil: it can't be told.
	Budget func(topology string) (any, error)

	// Topologies are what the worker runs. Defaults to none.
	Topologies Topologies

	// Ready returns why the worker can't answer or does not work, best as a *NotReadyError, or nil.
	// Defaults to always ready.
	Ready func() error

	// Hosts are the names, besides localhost, that requests may address while the worker listens on loopback:
	// those of a proxy in front of it. Any other name is refused there, since a web page could let a name of
	// its own point to this machine and read the tables through the user's browser. Defaults to none.
	Hosts []string

	// Logger is told of failures that are not the client's. Defaults to slog.Default().
	Logger *slog.Logger
}

// Handler answers, in JSON:
//
//	GET /tables                                names of the tables
//	GET /tables/{name}/{key...}                a row; its version and as-of time in headers
//	GET /tables/{name}?prefix=&after=&limit=   this worker's rows by key; "next" is the after of the next page
//	GET /streams                               names of the topics
//	GET /streams/{topic}                       server-sent events from now on; ?from=beginning: from the first
//	GET /topology                              what the worker runs: [Topologies]; ?format=text or mermaid
//	GET /budget?topology=                      what is spent of its budgets, and left
//	GET /waiting?operator=&after=&limit=       this worker's events that wait for an answer: [Waiting]
//	GET /healthz, /readyz                      alive; tables recovered and events flow; ?format=text
//
// Names and keys are percent-encoded, as by url.PathEscape: any bytes can be. In JSON, a key, a next or a
// header that is not UTF-8 is an object instead of a string: {"base64": "..."}. A time outside of the years 0
// to 9999 is a number, the milliseconds since 1970. A page ends at its limit, or at [PageBytes]; without
// "next" it is the last.
//
// The id of a server-sent event is a [Position]. A client that comes back with it as Last-Event-ID misses
// nothing and sees nothing twice. If the topic has no such offset any more, the stream says so by an event
// named "gap", a [Gap], and goes on at the nearest offset that there is. The data of other events is an
// [Event] with its headers, in which decisions carry their provenance. A stream that has nothing to say sends
// a comment every 15 seconds, so that proxies and clients know it to be alive. It ends with its request's
// context: to shut a server down, cancel its BaseContext.
//
// Errors are {"error": "..."}: 404 for an unknown table or topic and for a row that was never written, 421
// with the owner's address where another worker owns the row, 503 while no worker owns it. The header
// [ErrorHeader] tells a worker's answers from those of a proxy on the way.
func Handler(src Source, p Public) http.Handler {
	p.Logger = cmp.Or(p.Logger, slog.Default())
	h := handler{src, p}

	mux := http.NewServeMux()
	mux.Handle("/tables", h.answer(h.tables))
	mux.Handle("/tables/{name}", h.answer(h.rows))
	mux.Handle("/tables/{name}/{key...}", h.answer(h.row))
	mux.Handle("/streams", h.answer(h.topics))
	mux.Handle("/streams/{topic}", h.answer(h.follow))
	mux.Handle("/topology", h.answer(h.topology))
	mux.Handle("/budget", h.answer(h.budget))
	mux.Handle("/waiting", h.answer(h.waiting))
	mux.Handle("/healthz", h.answer(func(http.ResponseWriter,
		*http.Request) (any, error) {
		return status{"alive"}, nil
	}))
	mux.Handle("/readyz", h.answer(h.ready))
	mux.Handle("/", h.answer(func(http.ResponseWriter, *http.Request) (any, error) {
		return nil, refuse(http.StatusNotFound, "there is /tables, /tables/NAME, /tables/NAME/KEY, "+
			"/streams, /streams/TOPIC, /topology, /budget, /waiting, /healthz, /readyz")
	}))

	return mux
}

type handler struct {
	src Source
	Public
}

// status is the answer of healthz and readyz.
type status struct {
	Status string `json:"status"`
}

// row is one row as the page shows it.
type row struct {
	Key     exact.Text      `json:"key"`
	Version int64           `json:"version"`
	Value   json.RawMessage `json:"value"`
}

func (h handler) tables(http.ResponseWriter, *http.Request) (any, error) {
	return map[string][]string{"tables": append([]string{}, h.Tables...)}, nil
}

func (h handler) topics(http.ResponseWriter, *http.Request) (any, error) {
	return map[string][]string{"streams": append([]string{}, h.Topics...)}, nil
}

func (h handler) row(w http.ResponseWriter, r *http.Request) (any, error) {
	view, err := h.view(r)
	if err != nil {
		return nil, err
	}

	key := r.PathValue("key")

	row, err := view.Row(r.Context(), key)
	if err != nil {
		return nil, err
	}
	w.Header().Set(VersionHeader, strconv.FormatInt(row.Version, 10))

	if !row.AsOf.IsZero() {
		w.Header().Set(AsOfHeader, row.AsOf.UTC().Format(time.RFC3339Nano))
	}

	if absent(row.Value) {
		return nil, refuse(http.StatusNotFound, "%s has no row %q", view.table, key)
	}

	return row.Value, nil
}

func (h handler) rows(_ http.ResponseWriter, r *http.Request) (any, error) {
	view, err := h.view(r)
	if err != nil {
		return nil, err
	}

	limit, err := limitOf(r.FormValue("limit"))
	if err != nil {
		return nil, err
	}

	return page(view.after(r.Context(), r.FormValue("prefix"), r.FormValue("after")), limit)
}

// A rowsPage is a page over HTTP.
type rowsPage struct {
	Rows []row      `json:"rows"`
	Next exact.Text `json:"next,omitempty"`
}

// page takes rows until there are limit, or as many bytes as a page may have. It never ends at the empty key,
// which is the first one: as the after of the next page, that would mean the beginning.
func page(rows iter.Seq2[Row[string, json.RawMessage], error], limit int) (any, error) {
	answer := rowsPage{Rows: []row{}}
	n, size := 0, 0
	for r, err := range rows {
		if err != nil {
			return nil, err
		}

		if !absent(r.Value) {
			answer.Rows = append(answer.Rows, row{exact.Text(r.Key), r.Version, r.Value})
		}

		n++
		size += len(r.Key) + len(r.Value)
		if (n >= limit || size >= PageBytes) && r.Key != "" { // there may be more
			answer.Next = exact.Text(r.Key)
			break
		}
	}

	return answer, nil
}

func (h handler) view(r *http.Request) (v View[string, json.RawMessage], err error) {
	name := r.PathValue("name")
	if !slices.Contains(h.Tables, name) {
		return v, fmt.Errorf("%w %q", ErrNoTable, name)
	}
	return Of(h.src, topology.Table[string, json.RawMessage](name)), nil
}

// absent reports whether a row has no value. A deleted row of which events still wait is null.
func absent(value json.RawMessage) bool { return len(value) == 0 || string(value) == "null" }

func limitOf(s string) (int, error) {
	if s == "" {
		return defaultPage, nil
	}

	limit, err := strconv.Atoi(s)
	if err != nil || limit < 1 || limit > largestPage {
		return 0, refuse(http.StatusBadRequest, "limit %q is not a number from 1 to %d", s, largestPage)
	}
	return limit, nil
}

// follow writes a stream itself. It returns only what went wrong before the stream began.
func (h handler) follow(w http.ResponseWriter, r *http.Request) (any, error) {
	topic := r.PathValue("topic")
	if !slices.Contains(h.Topics, topic) {
		return nil, refuse(http.StatusNotFound, "no stream %q", topic)
	}

	at, gaps, err := h.start(r, topic)
	if err != nil {
		return nil, err
	}

	s := newSSE(w)

	if r.Method == http.MethodHead {
		return nil, nil
	}

	ctx, stop := s.beating(r.Context())
	defer stop()

	s.place(at)
	for _, g := range gaps {
		s.gap(at, g)
	}

	for e, err := range h.Streams.Follow(ctx, topic, at) {
		if err == nil {
			at[e.Partition] = e.Offset + 1
			err = s.event(at, e)
		}

		if err != nil {
			h.failed(r, err)
			s.failure(err)
			break
		}
	}

	return nil, nil
}

// start returns where the client left off, or else what it asks for.
func (h handler) start(r *http.Request, topic string) (Position, []Gap, error) {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		at, err := ParsePosition(id)
		if err != nil {
			return nil, nil, refuse(http.StatusBadRequest, "Last-Event-ID: %v", err)
		}

		gaps, err := h.gaps(r.Context(), topic, at)
		return at, gaps, err
	}

	switch from := r.FormValue("from"); from {
	case "", "now", "beginning":
		at, err := h.Streams.Start(r.Context(), topic, from != "beginning")
		return at, nil, err
	default:
		return nil, nil, refuse(http.StatusBadRequest, "from=%s: use now or beginning", from)
	}
}

// gaps moves a position to where the topic has something, and returns where it was moved.
func (h handler) gaps(ctx context.Context, topic string, at Position) (gaps []Gap, err error) {
	begins, err := h.Streams.Start(ctx, topic, false)
	if err != nil {
		return nil, err
	}

	ends, err := h.Streams.Start(ctx, topic, true)
	if err != nil {
		return nil, err
	}

	for _, partition := range slices.Sorted(maps.Keys(ends)) {
		asked, ok := at[partition]
		from := max(begins[partition], min(asked, ends[partition]))
		if ok && from != asked {
			gaps = append(gaps, Gap{partition, asked, begins[partition], ends[partition], from})
			at[partition] = from
		}
	}

	return gaps, nil
}
