package vocab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// An Amount is money in cents of a dollar. A negative amount is a refund. As JSON it is a number of dollars:
// 250, 99.5.
type Amount int64

// Dollars returns an amount of whole dollars.
func Dollars(n int) Amount { return Amount(n) * 100 }

// Times returns n times the amount.
func (a Amount) Times(n int) Amount { return a * Amount(n) }

// String returns the number of dollars. It has cents only if there are any.
func (a Amount) String() string {
	if a%100 == 0 {
		return strconv.FormatInt(int64(a/100), 10)
	}
	return strconv.FormatFloat(float64(a)/100, 'f', 2, 64)
}

// MarshalJSON writes dollars.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalJSON reads dollars, also from a string, because models often write numbers as strings. It refuses
// fractions of a cent.
func (a *Amount) UnmarshalJSON(b []byte) error {
	text := string(bytes.Trim(b, `"`))
	if text == "null" {
		return nil
	}

	dollars, ok := new(big.Rat).SetString(text)
	if !ok || len(text) > 20 {
		return fmt.Errorf("airline: %s is not an amount of dollars", b)
	}

	cents := dollars.Mul(dollars, big.NewRat(100, 1))
	if !cents.IsInt() || !cents.Num().IsInt64() {
		return fmt.Errorf("airline: %s is not a number of cents", b)
	}
	*a = Amount(cents.Num().Int64())

	return nil
}

// JSONSchema says to models what MarshalJSON writes.
func (a Amount) JSONSchema() json.RawMessage { return json.RawMessage(`{"type":"number"}`) }

// FormatNumber rounds a number to two decimals, and writes at least one: 62.25, 62.5, 62.0.
func FormatNumber(v float64) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'f', 2, 64), 64) // it reads what FormatFloat has written
	if math.Abs(rounded) >= 1e16 {
		return strconv.FormatFloat(rounded, 'e', -1, 64)
	}

	text := strconv.FormatFloat(rounded, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}

	return text
}
