package devbroker_test

import (
	"fmt"
	"net"

	"github.com/slipstream-go/slipstream/internal/devbroker"
)

func ExampleStart() {
	broker, err := devbroker.Start(devbroker.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer broker.Close()

	host, _, _ := net.SplitHostPort(broker.Addr())
	fmt.Println(host)
	// Output: 127.0.0.1
}

func ExampleStart_loopback() {
	_, err := devbroker.Start(devbroker.Config{Addr: "0.0.0.0:9092"})
	fmt.Println(err)
	// Output: devbroker: address 0.0.0.0:9092 is not a loopback address: this broker is for development only
}
