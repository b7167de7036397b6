package devkafka_test

import (
	"fmt"
	"net"

	"github.com/slipstream-go/slipstream/devkafka"
)

func ExampleStart() {
	broker, err := devkafka.Start(devkafka.Config{})
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
	_, err := devkafka.Start(devkafka.Config{Addr: "0.0.0.0:9092"})
	fmt.Println(err)
	// Output: devkafka: address 0.0.0.0:9092 is not a loopback address: this broker is for development only
}
