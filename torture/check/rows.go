package check

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"time"
)

// rowPatience is how long workers may take to answer the rows of a changelog that does not change any more.
const rowPatience = 60 * time.Second

// AskRows asks workers over HTTP for each row of a table, until they answer what the changelog has.
func (r *Round) AskRows(ctx context.Context, addresses []string, table string, bad *Findings) {
	end := time.Now().Add(rowPatience)

	for key, want := range r.Fold(table, bad) {
		for {
			err := answersRow(ctx, addresses, table, key, want)
			if err == nil {
				break
			}

			if time.Now().After(end) {
				bad.Add("row over HTTP", "%s %s: %v", table, key, err)
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// answersRow asks each worker for a row, and returns nil if one of them has it, and all others point
// elsewhere.
func answersRow(ctx context.Context, addresses []string, table, key string, want json.RawMessage) error {
	owners := 0
	var last error
	for _, address := range addresses {
		status, got, err := get(ctx, address, "/tables/"+table+"/"+url.PathEscape(key))
		switch {
		case err != nil:
			last = err
		case status != http.StatusOK:
			last = fmt.Errorf("%s: status %d: %s", address, status, got)
		case !sameJSON(got, want):
			return fmt.Errorf("%s: %s, want %s", address, got, want)
		default:
			owners++
		}
	}

	if owners == 1 {
		return nil
	}
	return fmt.Errorf("%d workers of %d have the row (%v)", owners, len(addresses), last)
}

func get(ctx context.Context, address, path string) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return 0, nil, err
	}

	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)

	return resp.StatusCode, body, err
}

func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}

// AskReady asks a worker until it says that it is ready.
func AskReady(ctx context.Context, address string, bad *Findings) {
	for end := time.Now().Add(rowPatience); ; time.Sleep(50 * time.Millisecond) {
		status, body, err := Ready(ctx, address)
		if err == nil && status == http.StatusOK {
			return
		}

		if time.Now().After(end) {
			bad.Add("not ready", "%s: status %d: %s (%v)", address, status, body, err)
			return
		}
	}
}

// Ready asks a worker once whether it is ready.
func Ready(ctx context.Context, address string) (status int, body []byte, err error) {
	return get(ctx, address, "/readyz")
}
