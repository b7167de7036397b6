package vocab

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The arguments of SendCertificate: those that it needs, and those that it takes as well.
var (
	CertificateRequired = []string{"user_id", "amount"}
	CertificateOptional = []string{"reservation_id", "reason", "certificate_ids"}
)

// CertificateSent returns the result of SendCertificate.
func CertificateSent(id string, user CustomerID, o Order) string {
	return fmt.Sprintf("Certificate %s added to user %s with amount %s.", id, user,
		spelledAmount(o.Arguments))
}

// spelledAmount returns the amount among the arguments as the command spells it: 100 or 100.0. It has at most
// two decimals.
func spelledAmount(arguments json.RawMessage) string {
	var a struct{ Amount json.Number }
	if err := json.Unmarshal(arguments, &a); err != nil {
		return ""
	}

	spelled := a.Amount.String()
	if v, err := a.Amount.Float64(); err == nil && strings.ContainsAny(spelled, ".eE") {
		return FormatNumber(v)
	}

	return spelled
}
