package lookup

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// calculate returns the value of a formula of numbers, + - * / // ** and parentheses, rounded to cents.
func calculate(expression string) (any, error) {
	isForeign := func(r rune) bool { return !strings.ContainsRune("0123456789+-*/(). ", r) }
	if strings.ContainsFunc(expression, isForeign) {
		return nil, vocab.Refuse(vocab.BadExpression, "Invalid characters in expression")
	}

	f := &formula{rest: expression}
	v, err := f.sum()
	if err == nil && f.peek() != 0 {
		err = errSyntax
	}

	if err != nil {
		return nil, vocab.Refuse(vocab.BadFormula, "%s: %v", expression, err)
	}

	return vocab.FormatNumber(v), nil
}

var (
	errSyntax = errors.New("invalid syntax")
	errZero   = errors.New("division by zero")
)

// maxDepth bounds the parentheses and signs within each other.
const maxDepth = 100

// A formula is read by recursive descent: a sum has products, a product has signed powers, a power has
// operands.
type formula struct {
	rest  string // what is left to be read
	depth int
}

// peek skips blanks, and returns the next character, or 0 at the end.
func (f *formula) peek() byte {
	f.rest = strings.TrimLeft(f.rest, " ")
	if f.rest == "" {
		return 0
	}
	return f.rest[0]
}

// take takes an operator if it comes next. A doubled * or / is an operator of its own.
func (f *formula) take(operator string) bool {
	f.peek()

	isDoubled := (operator == "*" || operator == "/") && strings.HasPrefix(f.rest, operator+operator)
	if isDoubled || !strings.HasPrefix(f.rest, operator) {
		return false
	}
	f.rest = f.rest[len(operator):]
	return true
}

// takeOneOf takes the first of these operators that comes next, or none.
func (f *formula) takeOneOf(operators ...string) string {
	for _, o := range operators {
		if f.take(o) {
			return o
		}
	}
	return ""
}

func (f *formula) sum() (float64, error) {
	v, err := f.product()
	for err == nil {
		operator := f.takeOneOf("+", "-")
		if operator == "" {
			return v, nil
		}

		var w float64
		w, err = f.product()
		if operator == "-" {
			w = -w
		}
		v += w
	}

	return 0, err
}

func (f *formula) product() (float64, error) {
	v, err := f.signed()
	for err == nil {
		operator := f.takeOneOf("*", "//", "/")
		if operator == "" {
			return v, nil
		}

		var w float64
		w, err = f.signed()
		switch {
		case err != nil:
		case operator == "*":
			v *= w
		case w == 0:
			err = errZero
		case operator == "//":
			v = math.Floor(v / w)
		default:
			v /= w
		}
	}

	return 0, err
}

func (f *formula) signed() (float64, error) {
	f.depth++
	defer func() { f.depth-- }()

	if f.depth > maxDepth {
		return 0, errSyntax
	}

	switch f.takeOneOf("-", "+") {
	case "-":
		v, err := f.signed()
		return -v, err
	case "+":
		return f.signed()
	}

	return f.power()
}

func (f *formula) power() (float64, error) {
	v, err := f.operand()
	if err != nil || !f.take("**") {
		return v, err
	}
	w, err := f.signed()
	return math.Pow(v, w), err
}

func (f *formula) operand() (float64, error) {
	if f.take("(") {
		v, err := f.sum()
		if err == nil && !f.take(")") {
			err = errSyntax
		}
		return v, err
	}
	return f.number()
}

// number reads a number without an exponent. Leading zeros, as in 007, are a mistake.
func (f *formula) number() (float64, error) {
	f.peek()
	after := strings.TrimLeft(f.rest, "0123456789.")
	digits := f.rest[:len(f.rest)-len(after)]
	f.rest = after

	v, err := strconv.ParseFloat(digits, 64)
	significant := strings.TrimLeft(digits, "0")

	hasLeadingZeros := significant != digits && significant != "" && !strings.Contains(digits, ".")
	if err != nil || hasLeadingZeros {
		return 0, errSyntax
	}

	return v, nil
}
