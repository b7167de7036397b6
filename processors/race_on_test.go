//go:build race

package processors_test

// raceDetector is on: sarama v1.61.1 races with itself when a fenced producer retries a batch
// (async_producer.go:1531).
const raceDetector = true
