package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/exact"
)

// A Client asks a worker over HTTP, from another process: what [Handler] answers. It is a [Source], so [Of]
// gives typed views of the worker's tables; only a codec other than JSON is not known here, so rows are read
// as JSON. A row that another worker owns is asked of that worker. Its methods may be called by any
// goroutine.
type Client struct {
	addr string
	http http.Client
}

// NewClient returns a client of the worker whose queries are at addr: host:port, or a URL of the scheme http
// or https. It connects to nothing.
func NewClient(addr string) *Client {
	if !strings.Contains(addr, "://") {
		addr = "http://" + addr
	}
	return &Client{strings.TrimSuffix(addr, "/"), http.Client{Timeout: 30 * time.Second}}
}

var _ Source = (*Client)(nil)

// Tables returns the names of the worker's tables.
func (c *Client) Tables(ctx context.Context) ([]string, error) {
	var answer struct{ Tables []string }
	err := c.decode(ctx, "/tables", &answer)
	return answer.Tables, err
}

// Row implements [Source].
func (c *Client) Row(ctx context.Context, table, key string, into any) (f Freshness, err error) {
	a, err := c.get(ctx, tablePath(table)+"/"+escape(key))
	if err != nil {
		return f, err
	}
	a.table, a.key = table, key

	f.Version, _ = strconv.ParseInt(a.header.Get(VersionHeader), 10, 64) // absent: not known
	f.AsOf, _ = time.Parse(time.RFC3339Nano, a.header.Get(AsOfHeader))   // absent: not known
	switch {
	case a.status == http.StatusNotFound && a.header.Get(VersionHeader) != "": // a proxy's has none
		return f, nil // never written, or deleted
	case a.status != http.StatusOK:
		return f, a.err()
	}

	return f, json.Unmarshal(a.body, into)
}

// Keys implements [Source].
func (c *Client) Keys(ctx context.Context, table, prefix, after string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for row, err := range c.rows(ctx, table, prefix, after) {
			if !yield(row.Key, err) {
				return
			}
		}
	}
}

// A JSONRow is a row of any table, as JSON.
type JSONRow = Row[string, json.RawMessage]

// Rows yields the rows of this worker whose key starts with prefix, as JSON, in byte order of their keys. It
// fetches a page at a time. An error is the last that it yields.
func (c *Client) Rows(ctx context.Context, table, prefix string) iter.Seq2[JSONRow, error] {
	return c.rows(ctx, table, prefix, "")
}

func (c *Client) rows(ctx context.Context, table, prefix, after string) iter.Seq2[JSONRow, error] {
	return func(yield func(JSONRow, error) bool) {
		for {
			params := url.Values{"prefix": {prefix}, "after": {after}}
			var page struct {
				Rows []struct {
					Key     exact.Text
					Version int64
					Value   json.RawMessage
				}
				Next exact.Text
			}
			if err := c.decode(ctx, tablePath(table)+"?"+params.Encode(), &page); err != nil {
				if elsewhere := new(NotHereError); errors.As(err, &elsewhere) {
					elsewhere.Table = table
				}
				yield(JSONRow{}, err)
				return
			}

			for _, r := range page.Rows {
				if !yield(JSONRow{string(r.Key), r.Value, Freshness{Version: r.Version}}, nil) {
					return
				}
			}

			if page.Next == "" {
				return
			}
			after = string(page.Next)
		}
	}
}

func tablePath(table string) string { return "/tables/" + escape(table) }

// escape is url.PathEscape, which leaves dots alone; a server takes these as steps through its folders.
func escape(s string) string { return strings.ReplaceAll(url.PathEscape(s), ".", "%2E") }

// decode reads an answer that must be there.
func (c *Client) decode(ctx context.Context, path string, into any) error {
	a, err := c.get(ctx, path)
	switch {
	case err != nil:
		return err
	case a.status != http.StatusOK:
		return a.err()
	}
	return json.Unmarshal(a.body, into)
}

// A reply is the answer of a worker.
type reply struct {
	status     int
	header     http.Header
	body       []byte
	table, key string // that it was asked for; may be empty
}

// err is the error that the worker has sent. What has a name in this package is found by errors.Is and
// errors.As, as in the worker itself.
func (r reply) err() error {
	var sent struct{ Error string }
	_ = json.Unmarshal(r.body, &sent) // without a text, the status must do

	text := fmt.Sprintf("state: %d %s", r.status, http.StatusText(r.status))
	if sent.Error != "" {
		text += ": " + sent.Error
	}

	return &replyError{text, r.meant()}
}

// meant returns the error of this package that the answer stands for, or nil. A 404 may be that of a proxy,
// which says nothing of tables. A 503 means the same from a proxy: ask again.
func (r reply) meant() error {
	elsewhere := &NotHereError{Table: r.table, Key: r.key, Owner: r.header.Get(OwnerHeader)}
	said := r.header.Get(ErrorHeader)

	switch {
	case r.status == http.StatusNotFound && said == noTable:
		return ErrNoTable
	case r.status == http.StatusMisdirectedRequest && elsewhere.Owner != "":
		return elsewhere
	case r.status == http.StatusServiceUnavailable && said == notHere:
		return errors.Join(elsewhere, ErrMoved)
	case r.status == http.StatusServiceUnavailable:
		return ErrMoved
	}

	return nil
}

// A replyError has the text of a worker's answer, and what it means in this process.
type replyError struct {
	text  string
	meant error // nil: nothing that has a name
}

func (e *replyError) Error() string { return e.text }
func (e *replyError) Unwrap() error { return e.meant }

// redirects is how often a client asks the owner that it is told of: rows move while it asks.
const redirects = 3

// get asks the worker, or the one it points to, by the same scheme.
func (c *Client) get(ctx context.Context, path string) (reply, error) {
	scheme, _, _ := strings.Cut(c.addr, "://")
	for addr, tries := c.addr, 0; ; tries++ {
		r, err := c.once(ctx, addr+path)
		owner := r.header.Get(OwnerHeader)
		if err != nil || r.status != http.StatusMisdirectedRequest || owner == "" || tries == redirects {
			return r, err
		}
		addr = scheme + "://" + owner
	}
}

func (c *Client) once(ctx context.Context, address string) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return reply{}, fmt.Errorf("state: %w", err)
	}

	resp, err := c.http.Do(req)
	if err != nil {
		return reply{}, fmt.Errorf("state: %w", err)
	}
	defer resp.Body.Close()

	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, fmt.Errorf("state: %w", err)
	}

	return reply{status: resp.StatusCode, header: resp.Header, body: body}, nil
}
