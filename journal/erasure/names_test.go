package erasure

import (
	"fmt"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/exact"
)

// What is known of a key is bounded; what falls out is erased then, since no later wish could name it.
func TestOldestAreErasedWhenThereAreTooMany(t *testing.T) {
	var n names
	for i := range maxNames + 2 {
		var gone []concern
		n, gone = n.with(concern{Name: exact.Text(fmt.Sprint(i)), Record: i%2 == 1,
			Time: time.Unix(int64(i+1), 0)})
		switch {
		case i < maxNames && len(gone) > 0:
			t.Fatalf("the %dth erases %v", i, gone)
		case i >= maxNames && (len(gone) != 1 || gone[0].Name != exact.Text(fmt.Sprint(i-maxNames)) ||
			gone[0].Record != ((i-maxNames)%2 == 1)):
			t.Errorf("the %dth erases %v", i, gone)
		}
	}

	if _, gone := n.forget(time.Unix(maxNames*2, 0)); len(gone) != maxNames {
		t.Errorf("%d are erased by the wish", len(gone))
	}
}
