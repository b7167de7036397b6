package topologytest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A header is a name and what its value must be like, or that it must not be there.
type header struct {
	name, like string
	none       bool
}

func (s *Script) readHeaders(st step) (action, error) {
	var want []header
	for _, l := range append([]span{st.args}, st.block...) {
		for l.s != "" {
			h, rest, err := parseHeader(l)
			if err != nil {
				return nil, err
			}

			want, l = append(want, h), rest
		}
	}

	if want == nil {
		return nil, st.verb.errorf(0, `headers takes NAME "TEXT", as often as you like`)
	}

	return func() error { return s.headers(want) }, nil
}

func parseHeader(l span) (h header, rest span, err error) {
	name, rest := l.cut()
	pattern, rest := rest.cut()
	if pattern.s == "" {
		return h, rest, name.errorf(0, "the header %s needs a text", name.s)
	}

	h = header{name: name.s, none: pattern.s == "none"}
	h.like, err = pattern.unquote()

	return h, rest, err
}

func (s *Script) headers(want []header) error {
	if s.last == nil {
		return errors.New("headers are those of the event just expected, and there was none yet")
	}

	for _, h := range want {
		if err := h.check(s.last.Headers); err != nil {
			return fmt.Errorf("header %s of %s %s:\n%w", h.name, s.last.Topic, s.last.Key, err)
		}
	}

	return nil
}

func (h header) check(all map[string]string) error {
	got, there := all[h.name]
	switch {
	case h.none && there:
		return fmt.Errorf("came: %q, wanted none", got)
	case h.none:
		return nil
	case !there:
		return fmt.Errorf("it is not there; there is %s", strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}

	return matchText(got, h.like)
}
