package main

import (
	"path/filepath"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
)

// embedded starts a broker for development if the config names none, and names it there.
func embedded(c *processors.Config) (stop func() error, err error) {
	if len(c.Brokers) > 0 {
		return func() error { return nil }, nil
	}

	dev := devkafka.Config{}
	if c.Dir != "" {
		dev.Dir = filepath.Join(c.Dir, "broker")
	}

	b, err := devkafka.Start(dev)
	if err != nil {
		return nil, err
	}
	c.Brokers = []string{b.Addr()}

	return b.Close, nil
}
