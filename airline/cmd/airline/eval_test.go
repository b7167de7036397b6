package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/verb"
)

// examples are notes and a conversation, made up for the tests of package exam.
const examples = "../../measure/exam/testdata/"

// By rules alone, the tables come first, and the last line is one object of JSON.
func TestEval(t *testing.T) {
	printed := succeed(t, "", "eval", "--model", "policy", "--each", "--notes", examples+"notes.jsonl",
		"--talks", examples+"talks.jsonl")
	for _, want := range []string{"wish right", "made-2", "went to a person unexpectedly"} {
		if !strings.Contains(printed, want) {
			t.Errorf("no %q in\n%s", want, printed)
		}
	}

	lines := strings.Split(strings.TrimSpace(printed), "\n")
	var last struct {
		Model string
		Notes struct {
			Wish struct{ K, N int } `json:"wish_right"`
		}
		Talks struct {
			Turns struct{ K, N int } `json:"turns_right"`
		} `json:"conversations"`
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}

	if last.Model != "policy" || last.Notes.Wish.K != 1 || last.Notes.Wish.N != 3 || last.Talks.Turns.N != 1 {
		t.Errorf("%+v", last)
	}
}

func TestEvalNamesWhatIsWrong(t *testing.T) {
	for want, args := range map[string][]string{
		"--notes, of --talks": nil,
		"--part: \"all\"":     {"--part", "all", "--notes", examples + "notes.jsonl"},
		"no such file":        {"--notes", examples + "none.jsonl"},
		"line 1":              {"--notes", examples + "talks.jsonl"},
	} {
		status, _, said := run(t, "", append([]string{"eval", "--model", "policy"}, args...)...)
		if status != verb.StatusUsage || !strings.Contains(said, want) {
			t.Errorf("%v: status %d, no %q in %s", args, status, want, said)
		}
	}
}
