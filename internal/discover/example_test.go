package discover_test

import (
	"fmt"
	"os"

	"github.com/slipstream-go/slipstream/internal/discover"
)

func Example() {
	dir, _ := os.MkdirTemp("", "cache")
	defer os.RemoveAll(dir)
	os.Setenv("SLIPSTREAM_CACHE", dir)

	withdraw, _ := discover.Announce(discover.Process{Command: "demo", Brokers: []string{"127.0.0.1:9092"},
		PID: 7})
	found, _ := discover.Running()
	fmt.Println(found[0])
	_ = withdraw()
	found, _ = discover.Running()
	fmt.Println(len(found))
	// Output:
	// demo (process 7) with brokers 127.0.0.1:9092
	// 0
}
