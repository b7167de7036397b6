package lookup

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// calculate is the value of a formula with + - * / ( ), rounded to cents, as Python prints it.
func calculate(expression string) (any, error) {
	if strings.ContainsFunc(expression, notFormula) {
		return nil, vocab.Refuse(vocab.BadExpression, "Invalid characters in expression")
	}
	p := &formula{rest: expression}
	v, err := p.sum()
	if err == nil && p.peek() != 0 {
		err = errSyntax
	}
	if err != nil {
		return nil, vocab.Refuse(vocab.BadFormula, "%s: %v", expression, err)
	}
	return vocab.FormatNumber(v), nil
}

func notFormula(r rune) bool { return !strings.ContainsRune("0123456789+-*/(). ", r) }

var (
	errSyntax = errors.New("invalid syntax")
	errZero   = errors.New("division by zero")
)

// deepest bounds the parentheses and signs within each other.
const maxDepth = 100

// A formula is what is left to be read of one.
type formula struct {
	rest  string
	depth int
}

// peek skips blanks, and returns the next character or 0.
func (f *formula) peek() byte {
	f.rest = strings.TrimLeft(f.rest, " ")
	if f.rest == "" {
		return 0
	}
	return f.rest[0]
}

// take takes a sign if it comes next. A * or / that is doubled is another one.
func (f *formula) take(sign string) bool {
	f.peek()
	doubled := len(sign) == 1 && (sign == "*" || sign == "/") && strings.HasPrefix(f.rest, sign+sign)
	if doubled || !strings.HasPrefix(f.rest, sign) {
		return false
	}
	f.rest = f.rest[len(sign):]
	return true
}

func (f *formula) sum() (v float64, err error) {
	if v, err = f.product(); err != nil {
		return 0, err
	}
	for {
		var w float64
		switch {
		case f.take("+"):
			w, err = f.product()
			v += w
		case f.take("-"):
			w, err = f.product()
			v -= w
		default:
			return v, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

func (f *formula) product() (v float64, err error) {
	if v, err = f.signed(); err != nil {
		return 0, err
	}
	for {
		op := f.oneOf("*", "//", "/")
		if op == "" {
			return v, nil
		}
		w, err := f.signed()
		switch {
		case err != nil:
			return 0, err
		case op == "*":
			v *= w
		case w == 0:
			return 0, errZero
		case op == "//":
			v = math.Floor(v / w)
		default:
			v /= w
		}
	}
}

// oneOf takes the first of these signs that comes next, or none.
func (f *formula) oneOf(signs ...string) string {
	for _, s := range signs {
		if f.take(s) {
			return s
		}
	}
	return ""
}

func (f *formula) signed() (float64, error) {
	if f.depth++; f.depth > maxDepth {
		return 0, errSyntax
	}
	defer func() { f.depth-- }()
	switch {
	case f.take("-"):
		v, err := f.signed()
		return -v, err
	case f.take("+"):
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
	f.peek()
	end := strings.IndexFunc(f.rest, func(r rune) bool { return !strings.ContainsRune("0123456789.", r) })
	if end < 0 {
		end = len(f.rest)
	}
	digits := f.rest[:end]
	f.rest = f.rest[end:]
	v, err := strconv.ParseFloat(digits, 64)
	if zeros := strings.TrimLeft(digits, "0"); err != nil || zeros != digits && zeros != "" && !strings.Contains(digits, ".") {
		return 0, errSyntax // Python reads no 007
	}
	return v, nil
}
