package vocab

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// An Amount is money in cents of a dollar. In JSON it is a number of dollars, 250 or 99.5. It may be negative: a refund.
type Amount int64

// Dollars are whole ones.
func Dollars(n int) Amount { return Amount(n) * 100 }

// Times is the amount for so many.
func (a Amount) Times(n int) Amount { return a * Amount(n) }

// String is the number of dollars, without cents if there are none.
func (a Amount) String() string {
	if a%100 == 0 {
		return strconv.FormatInt(int64(a/100), 10)
	}
	return strconv.FormatFloat(float64(a)/100, 'f', 2, 64)
}

// MarshalJSON writes dollars.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalJSON reads dollars, also as a text, as models often write numbers. Fractions of a cent are an error.
func (a *Amount) UnmarshalJSON(b []byte) error {
	text := string(bytes.Trim(b, `"`))
	if text == "null" {
		return nil
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok || len(text) > 20 {
		return fmt.Errorf("airline: %s is not an amount of dollars", b)
	}
	cents := r.Mul(r, big.NewRat(100, 1))
	if !cents.IsInt() || !cents.Num().IsInt64() {
		return fmt.Errorf("airline: %s is not a number of cents", b)
	}
	*a = Amount(cents.Num().Int64())
	return nil
}

// printed rounds to two digits, and always shows one.
func FormatNumber(v float64) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'f', 2, 64), 64) // of what FormatFloat writes
	if math.Abs(rounded) >= 1e16 {
		return strconv.FormatFloat(rounded, 'e', -1, 64)
	}
	text := strconv.FormatFloat(rounded, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
