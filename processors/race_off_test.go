//go:build !race

package processors_test

const raceDetector = false
