package vocab

import (
	"encoding/json"
	"fmt"
	"strings"
)

// CertificateArguments are those of send_certificate: the required ones, and the others.
var CertificateArguments = [2][]string{{"user_id", "amount"}, {"reservation_id", "reason", "certificate_ids"}}

// CertificateSent is the result of send_certificate.
func CertificateSent(id string, user CustomerID, o Order) string {
	return fmt.Sprintf("Certificate %s added to user %s with amount %s.", id, user, amountIn(o.Arguments))
}

// amountIn is the amount among the arguments as Python prints that number: 75.5, and 100 or 100.0 as it was given.
func amountIn(arguments json.RawMessage) string {
	var a struct{ Amount json.Number }
	if err := json.Unmarshal(arguments, &a); err != nil {
		return ""
	}
	if v, err := a.Amount.Float64(); err == nil && strings.ContainsAny(a.Amount.String(), ".eE") {
		return FormatNumber(v)
	}
	return a.Amount.String()
}
