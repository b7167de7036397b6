package processors_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/processors"
)

// A running worker answers over HTTP: tables, rows, pages, streams.
func TestQueriesOverHTTP(t *testing.T) {
	b := broker(t)
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Listen: "127.0.0.1:0"}, counter(nil))
	send(t, b, 3, 2)
	settle(t, w)

	for path, want := range map[string]string{
		"/tables":                          `{"tables":["guests"]}`,
		"/tables/guests/g-1":               `{"Count":2,"Sum":1}`,
		"/tables/guests?limit=1":           `"next":"g-0"`,
		"/tables/guests?limit=1&after=g-0": `"next":"g-1"`,
		"/tables/guests?after=g-2":         `{"rows":[]}`,
		"/tables/guests/nobody":            "no row",
		"/tables/strangers/g-1":            "strangers",
		"/streams":                         "counter.dead-letters",
		"/readyz":                          "ready",
		"/topology":                        `"brokers":["` + b.Addr() + `"]`,
		"/topology?format=text":            "stage counter.guests",
		"/tables/guests?prefix=g-2":        `"version":2`,
	} {
		resp, err := http.Get("http://" + w.Address() + path)
		if err != nil {
			t.Fatal(err)
		}

		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if !strings.Contains(string(body), want) {
			t.Errorf("%s: %d %s, want %s", path, resp.StatusCode, body, want)
		}
	}

	resp, err := http.Get("http://" + w.Address() + "/streams/echoes?from=beginning")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()

	events := 0
	for lines := bufio.NewScanner(resp.Body); events < 6 && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "data:") {
			events++
		}
	}

	if events != 6 {
		t.Errorf("%d of 6 events", events)
	}
}
