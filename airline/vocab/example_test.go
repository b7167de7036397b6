package vocab_test

import (
	"encoding/json"
	"fmt"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

func ExampleAmount() {
	var a vocab.Amount
	err := json.Unmarshal([]byte("250.0"), &a)
	fmt.Println(a, a+vocab.Dollars(50).Times(2), a/4, err)
	// Output:
	// 250 350 62.50 <nil>
}
