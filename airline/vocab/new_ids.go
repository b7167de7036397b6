package vocab

import (
	"fmt"
	"hash/fnv"
)

// tries is how many ids are tried for what is new, if the command names none.
const MaxNewIDs = 3

// newCertificates are likewise ids of a certificate.
func CertificateIDs(o Order, named []string) []string {
	if len(named) > 0 {
		return named
	}
	for try := range MaxNewIDs {
		named = append(named, "certificate_"+fmt.Sprint(1_000_000+hash64(o.ID, try)%9_000_000))
	}
	return named
}

// locator is the id of a reservation as airlines make them: six letters and digits that are not mistaken.
func Locator(id string, try int) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	n, b := hash64(id, try), make([]byte, 6)
	for i := range b {
		b[i] = letters[n%32]
		n /= 32
	}
	return string(b)
}

func hash64(id string, try int) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %s", try, id)
	return h.Sum64()
}
