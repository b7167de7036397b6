package processors

import (
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// A worker that can't read the modes may have been told to make no calls.
func TestAWorkerThatIsCutOffMakesNoCalls(t *testing.T) {
	w := &Worker{c: Config{SessionTimeout: time.Minute}}
	op := &plan.Node{Name: "adjuster", Async: &plan.Async{}}
	c := newControl(w, &plan.Plan{Name: "adjusting"})

	if mode, _ := c.Mode(op); mode != Asking {
		t.Errorf("it has just read, and is %s", mode)
	}

	c.asOf -= 30 * time.Second
	if mode, _ := c.Mode(op); mode != Paused {
		t.Errorf("it has not read for half a session time-out, and is %s", mode)
	}

	c.asOf = uptime()
	c.modes.Set("adjuster", stage.Setting{Mode: stage.RulesOnly})
	if mode, _ := c.Mode(op); mode != RulesOnly {
		t.Errorf("it reads again, and is %s", mode)
	}
}
