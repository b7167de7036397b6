package vocab

import (
	"fmt"
	"hash/fnv"
)

// MaxNewIDs is how many ids are tried for a new reservation or certificate, if its command names none.
const MaxNewIDs = 3

// CertificateIDs returns the ids to try for a new certificate: the named ones, or else ids made from the
// command's own.
func CertificateIDs(o Order, named []string) []string {
	if len(named) > 0 {
		return named
	}

	for try := range MaxNewIDs {
		named = append(named, fmt.Sprint("certificate_", 1_000_000+hash(o.ID, try)%9_000_000))
	}
	return named
}

// Locator returns the id of a new reservation for the try-th time: six letters and digits that are hard to
// mix up.
func Locator(command string, try int) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

	n := hash(command, try)
	id := make([]byte, 6)
	for i := range id {
		id[i] = letters[n%uint64(len(letters))]
		n /= uint64(len(letters))
	}

	return string(id)
}

func hash(command string, try int) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %s", try, command)
	return h.Sum64()
}
