//go:build !unix

package llamacpp

// freeBytes is not known here.
func freeBytes(string) int64 { return -1 }
