package processorstest_test

import "github.com/slipstream-go/slipstream/internal/testhook"

func init() { testhook.SabotageTests() }
