package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/discover"
	"github.com/slipstream-go/slipstream/state"
	"github.com/urfave/cli/v3"
)

func queryCommand() *cli.Command {
	return &cli.Command{
		Name:      "query",
		Usage:     "print rows of a table, as they are committed now",
		ArgsUsage: "[TABLE [KEY]]",
		Description: "Without a key, the rows by key that this worker owns; without a table, the names of the tables. A row that\n" +
			"another worker owns is asked of that worker.",
		Flags: []cli.Flag{atFlag(), httpFlag(),
			&cli.StringFlag{Name: "prefix", Usage: "`TEXT` that keys begin with"},
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Value: 20, Usage: "end after `N` rows; 0 is all"},
		},
		Action: query,
	}
}

func query(ctx context.Context, cmd *cli.Command) error {
	args, err := arguments(cmd, 0, 2, "TABLE", "KEY")
	if err != nil {
		return err
	}
	q, err := newQuerier(cmd)
	if err != nil {
		return err
	}
	switch len(args) {
	case 0:
		return q.tables(ctx)
	case 1:
		return q.rows(ctx, args[0], cmd.String("prefix"), cmd.Int("limit"))
	}
	return q.row(ctx, args[0], args[1])
}

func httpFlag() cli.Flag {
	return &cli.StringFlag{Name: "http", Category: connectionFlags, Usage: "`HOST:PORT` of a worker's queries. Defaults to those of a running demo", Sources: cli.EnvVars("SLIPSTREAM_HTTP")}
}

// A querier asks a worker.
type querier struct {
	out  io.Writer
	host string
}

func newQuerier(cmd *cli.Command) (querier, error) {
	q := querier{out: cmd.Root().Writer, host: cmd.String("http")}
	if q.host != "" {
		return q, nil
	}
	p, err := find(cmd.String("at"), func(p discover.Process) bool { return p.HTTP != "" })
	if err != nil {
		return q, fmt.Errorf("%w, or name --http", err)
	}
	q.host = p.HTTP
	return q, nil
}

func (q querier) tables(ctx context.Context) error {
	body, _, err := q.get(ctx, "/tables")
	if err != nil {
		return err
	}
	var v struct{ Tables []string }
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	_, err = fmt.Fprintln(q.out, strings.Join(v.Tables, "\n"))
	return err
}

func (q querier) row(ctx context.Context, table, key string) error {
	body, h, err := q.get(ctx, "/tables/"+url.PathEscape(table)+"/"+url.PathEscape(key))
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, body, "", "  "); err != nil {
		return err
	}
	fmt.Fprintf(q.out, "%s\n", strings.TrimSpace(pretty.String()))
	_, err = fmt.Fprintf(q.out, "version %s, as of %s\n", h.Get(state.VersionHeader), h.Get(state.AsOfHeader))
	return err
}

// rows prints a row a line.
func (q querier) rows(ctx context.Context, table, prefix string, limit int) error {
	return q.each(ctx, table, prefix, limit, func(key string, value json.RawMessage) error {
		_, err := fmt.Fprintf(q.out, "%s  %s\n", key, value)
		return err
	})
}

// each reads pages, of at most limit rows in all; 0 is no limit.
func (q querier) each(ctx context.Context, table, prefix string, limit int, do func(key string, value json.RawMessage) error) error {
	after := ""
	for n := 0; ; {
		params := url.Values{"prefix": {prefix}, "after": {after}}
		if limit > 0 {
			params.Set("limit", strconv.Itoa(min(limit-n, 1000)))
		}
		body, _, err := q.get(ctx, "/tables/"+url.PathEscape(table)+"?"+params.Encode())
		if err != nil {
			return err
		}
		var page struct {
			Rows []struct {
				Key     string
				Version int64
				Value   json.RawMessage
			}
			Next string
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return err
		}
		for _, r := range page.Rows {
			if err := do(r.Key, r.Value); err != nil {
				return err
			}
		}
		if n += len(page.Rows); page.Next == "" || limit > 0 && n >= limit {
			return nil
		}
		after = page.Next
	}
}

// get asks the worker, or the one it points to.
func (q querier) get(ctx context.Context, path string) ([]byte, http.Header, error) {
	client := http.Client{Timeout: 30 * time.Second}
	for host, tries := q.host, 0; ; tries++ {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+path, nil)
		if err != nil {
			return nil, nil, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, nil, err
		}
		body, err := io.ReadAll(resp.Body)
		if e := resp.Body.Close(); err == nil {
			err = e
		}
		switch owner := resp.Header.Get(state.OwnerHeader); {
		case err != nil:
			return nil, nil, err
		case resp.StatusCode == http.StatusMisdirectedRequest && owner != "" && tries < 3:
			host = owner
		case resp.StatusCode != http.StatusOK:
			var said struct{ Error string }
			_ = json.Unmarshal(body, &said) // without a text, the status must do
			return nil, nil, fmt.Errorf("%s: %s", resp.Status, said.Error)
		default:
			return body, resp.Header, nil
		}
	}
}
