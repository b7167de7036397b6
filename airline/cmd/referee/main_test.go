package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// asProgram has the test's own binary be the program: it starts itself as a worker.
const asProgram = "SLIPSTREAM_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Setenv(asProgram, "1")
	os.Exit(m.Run())
}

// fixture is a small airline, and what must come of calls to it.
const fixture = "../../tau2/referee/testdata"

func replay(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()

	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	var o, e bytes.Buffer
	status = execute(ctx, args, strings.NewReader(""), &o, &e)
	return status, o.String(), e.String()
}

func lastLine(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1]
}

const all = `calls 3/3 · sequences 4/4 \(calls 18/18, rows in the end 4/4\) · tasks 2/2 \(calls 2/2, rows in the end 2/2\) · ` +
	`trajectories 1/1 \(calls 2/2, rows in the end 1/1\) · quirks 1/1 \(apart\)`

// The desks and the tools do what is on record, whether or not workers are killed with -9 meanwhile.
func TestAgrees(t *testing.T) {
	status, out, errs := replay(t, "--data", fixture, "--cases", fixture, "--runs", "plain,kills", "--every",
		"60")
	want := regexp.MustCompile(`^plain, \d+ s: ` + all + ` \| kills \([1-9]\d* kills -9 at [1-9]\d* different steps\), \d+ s: ` + all + `$`)
	if status != exitAgrees || errs != "" || !want.MatchString(lastLine(out)) {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
}

// A call is killed at its first step, at its second, and so on, to the last.
func TestEveryStep(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "calls.jsonl", `{"id":1,"case":"a certificate","name":"send_certificate","arguments":{"user_id":"ben","amount":75},`+
		`"ok":true,"result":"Certificate certificate_3221322 added to user ben with amount 75.","changed":[{"table":"users","key":"ben","row":`+
		benWith(t, `"certificate_3221322": {"source": "certificate", "id": "certificate_3221322", "amount": 75.0}`)+`}]}`)

	status, out, errs := replay(t, "--data", fixture, "--cases", dir, "--runs", "steps")
	figures := regexp.MustCompile(`^steps \((\d\d+) kills -9 at \d+ different steps\), \d+ s: calls (\d+)/(\d+)$`).FindStringSubmatch(lastLine(out))
	if status != exitAgrees || errs != "" || figures == nil || figures[2] != figures[3] {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
}

// benWith is Ben's row with one more payment method.
func benWith(t *testing.T, method string) string {
	t.Helper()

	b, err := os.ReadFile(filepath.Join(fixture, "users.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	_, ben, _ := strings.Cut(string(b), "\n")
	return strings.Replace(strings.TrimSpace(ben), `"payment_methods": {`, `"payment_methods": {`+method+`, `,
		1)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()

	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What differs is named, and is the exit status.
func TestDiffers(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "sequences.jsonl", `{"id":1,"case":"a wrong price","calls":[`+
		`{"name":"get_flight_status","arguments":{"flight_number":"SL1","date":"2024-05-01"},"ok":true,"result":"delayed"},`+
		`{"name":"send_certificate","arguments":{"user_id":"eve","amount":1},"ok":false,"error_kind":"domain","error_code":"gone"},`+
		`{"name":"update_reservation_passengers","arguments":{"reservation_id":"AAA001","passengers":[{"first_name":"Eva","last_name":"Costa","dob":"1980-01-02"}]},"ok":false,"error_kind":"schema"}`+
		`],"final_changed":[]}`)

	status, out, errs := replay(t, "--data", fixture, "--cases", dir, "--runs", "plain")
	for _, want := range []string{
		`result: want "delayed", got "landed"`,
		"error_code: want gone, got user_not_found (",
		"outcome: want schema: , got {",
		`reservations/AAA001.passengers[0].first_name: want "Ana", got "Eva"`,
		"sequences 0/1 (calls 0/3, rows in the end 0/1)",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said", want)
		}
	}

	if status != exitDiffers || errs != "" {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
}

func TestNothingToReplay(t *testing.T) {
	for name, args := range map[string][]string{
		"no tables in nowhere: referee: users.jsonl or users.jsonl.gz: no such file or directory\n": {"--data", "nowhere"},
		"no cases in nowhere: referee: no cases: ":                                                  {"--data", fixture, "--cases", "nowhere"},
		"referee: an argument too many":                                                             {"now"},
		"flag provided but not defined: -what":                                                      {"--what"},
	} {
		if status, out, errs := replay(t, args...); status != exitNothing || out != "" ||
			!strings.HasPrefix(errs, name) {
			t.Errorf("%v: status %d\n%s%s", args, status, out, errs)
		}
	}
}
