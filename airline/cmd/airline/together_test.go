package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crypto/tls"
	"encoding/pem"

	"github.com/slipstream-go/slipstream/devkafka"
)

const (
	scheduled = `{"type":"scheduled","time":"2013-03-08T01:00:00-05:00","departure":"2013-03-08T10:00:00-05:00","arrival":"2013-03-08T12:00:00-05:00",` +
		`"schedule":{"flight_number":"UA1","date":"2013-03-08","origin":"EWR","destination":"BOS","seats":{"economy":50},"sold":{"economy":30}}}`
	booked    = `{"type":"booked","time":"2013-03-08T02:00:00-05:00","reservation":{"reservation_id":"R1","flight":"UA1.2013-03-08","cabin":"economy","party":2,"fare":200}}`
	cancelled = `{"type":"cancelled","time":"2013-03-08T08:00:00-05:00"}`
	flight    = "UA1.2013-03-08"
)

// A broker and a worker of their own; the other commands find them by themselves.
func TestCommandsTogether(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	broker := start(t, "broker", "--addr", "127.0.0.1:0")
	broker.until("127.0.0.1:")
	worker := start(t, "run", "--model", "policy", "--dir", t.TempDir(), "--instance", "one")
	worker.until("ready: ")

	// One record from the command line, one from the standard input, and lines.
	succeed(t, "", "send", "flight-events", flight, scheduled)
	succeed(t, booked, "send", "customer-events", "c-1", "-")
	replies := start(t, "tail", "seat-replies", "--from", "beginning")
	replies.until(`"result":"granted"`)
	if s := replies.end(); s != exitFine {
		t.Errorf("an interrupted tail ends with %d", s)
	}
	decisions := start(t, "tail", "decisions", "--provenance", "--from", "beginning", "--limit", "1")
	succeed(t, "\n"+`{"key":"`+flight+`","value":`+cancelled+`}`+"\n", "send", "flight-events")
	if s := decisions.wait(); s != exitFine {
		t.Fatalf("tail --limit ends with %d", s)
	}
	for _, want := range []string{"c-1", "UA1 is cancelled: you get your money back", "by policy", "saw customers/c-1@", "id airline/rebook/", "at decisions/"} {
		if !strings.Contains(decisions.out.text(), want) {
			t.Errorf("tail decisions: no %q in\n%s", want, decisions.out.text())
		}
	}

	// What tail prints, send takes: the desk knows a repeated request.
	lines := succeed(t, "", "tail", "customer-events", "--stop", "--json")
	var l line
	if err := json.Unmarshal([]byte(lines), &l); err != nil || l.Key != "c-1" || l.Topic != "customer-events" || !strings.Contains(string(l.Value), "R1") {
		t.Errorf("tail --json: %v in %s", err, lines)
	}
	succeed(t, lines, "send", "customer-events")
	if out := succeed(t, "", "tail", "customer-events", "--stop", "--json"); strings.Count(out, "\n") != 2 {
		t.Errorf("the line was not sent again:\n%s", out)
	}

	testQuery(t)
	if s := worker.end(); s != exitFine {
		t.Errorf("an interrupted worker ends with %d: %s", s, worker.errs.text())
	}
	if s := broker.end(); s != exitFine {
		t.Errorf("an interrupted broker ends with %d: %s", s, broker.errs.text())
	}
	if status, _, errs := run(t, "", "tail", "decisions"); status != exitFailed || !strings.Contains(errs, "nothing is running") {
		t.Errorf("after all has ended: status %d: %s", status, errs)
	}
}

func TestSendRefuses(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	b, err := devkafka.Start(devkafka.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	worker := start(t, "run", "--model", "policy", "--brokers", b.Addr())
	worker.until("ready: ")
	for _, c := range []struct{ in, line, want string }{
		{"", "send flight-event k {}", "there is no topic \"flight-event\": did you mean flight-events"},
		{"", "send zzz k {}", "there are airline."},
		{"", "tail descisions", "did you mean decisions?"},
		{"", "send flight-events k {]", `JSON: "{]" is none`},
		{"oops", "send flight-events k -", `JSON: "oops" is none`},
		{"{}\n", "send flight-events", `line 1 of the standard input: it has no "value"`},
		{`{"key":"k","value":{}}` + "\n[]\n", "send flight-events", "line 2 of the standard input"},
	} {
		status, _, errs := run(t, c.in, strings.Fields(c.line+" --brokers "+b.Addr())...)
		if status != exitUsage || !strings.Contains(errs, c.want) {
			t.Errorf("%s: status %d, want %q: %s", c.line, status, c.want, errs)
		}
	}
	// Anything can be sent on purpose, and is told apart from JSON.
	succeed(t, "", "send", "flight-events", "k", "{]", "--raw", "--header", "traceparent=00-1", "--time", "2013-03-08T18:00:00-05:00")
	out := succeed(t, "", "tail", "flight-events", "--stop", "--json", "--brokers", b.Addr())
	if want := `"time":"2013-03-08T23:00:00Z","key":"k","headers":{"traceparent":"00-1"},"value":null,"bytes":"e10="`; !strings.Contains(out, want) {
		t.Errorf("no %s in %s", want, out)
	}
	letters := start(t, "tail", "airline.dead-letters", "--from", "beginning", "--provenance")
	letters.until("from topic flight-events")
}

// Secrets come by file or environment, the brokers' authority by file; and nothing prints the secret.
func TestLogin(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	server := httptest.NewUnstartedServer(nil) // for its certificate
	server.StartTLS()
	defer server.Close()
	const password = "hardly-a-secret"
	b, err := devkafka.Start(devkafka.Config{Users: []devkafka.User{{Mechanism: "SCRAM-SHA-512", Name: "app", Password: password}},
		TLS: &tls.Config{Certificates: server.TLS.Certificates}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	dir := t.TempDir()
	ca, secret := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "password")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	login := []string{"--brokers", b.Addr(), "--tls-ca", ca, "--sasl-mechanism", "SCRAM-SHA-512", "--sasl-user", "app"}
	worker := start(t, append([]string{"run", "--model", "policy", "--sasl-password-file", secret}, login...)...)
	worker.until("ready: ")

	t.Setenv(passwordEnv, password)
	succeed(t, "", append([]string{"send", "flight-events", flight, scheduled}, login...)...)
	t.Setenv(passwordEnv, "wrong-"+password)
	status, out, errs := run(t, "", append([]string{"tail", "--stop", "flight-events"}, login...)...)
	if status != exitFailed {
		t.Errorf("a wrong password: status %d: %s", status, errs)
	}
	if all := out + errs + worker.out.text() + worker.errs.text(); strings.Contains(all, password) {
		t.Errorf("a secret is printed:\n%s", all)
	}
}
