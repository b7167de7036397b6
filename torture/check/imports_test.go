package check_test

import (
	"os/exec"
	"strings"
	"testing"
)

// The checker shares no code with what it checks: a mistake can't be on both sides.
func TestImportsNothingOfTheEngine(t *testing.T) {
	const module = "github.com/slipstream-go/slipstream"

	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}

	deps := strings.Fields(string(out))
	for _, dep := range deps {
		engine := strings.HasPrefix(dep, module) && dep != module+"/torture/check"
		if engine || strings.Contains(dep, "/sarama") || strings.Contains(dep, "/goka") {
			t.Errorf("package check needs %s", dep)
		}
	}

	if len(deps) < 50 {
		t.Errorf("only %d packages: the test does not see what there is", len(deps))
	}
}
