//go:build unix

package llamacpp

import "golang.org/x/sys/unix"

// freeBytes is what may be written to the disk of a folder; -1 if that is not known.
func freeBytes(dir string) int64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize)
}
