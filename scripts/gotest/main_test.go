package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	for _, c := range []struct{ name, events, want string }{
		{"of a test that passes, its time", `
			{"Action":"run","Package":"p","Test":"TestA"}
			{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
			{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: noise\n"}
			{"Action":"pass","Package":"p","Test":"TestA","Elapsed":1.5}
			{"Action":"output","Package":"p","Output":"PASS\n"}
			{"Action":"output","Package":"p","Output":"ok  \tp\t1.600s\n"}
			{"Action":"pass","Package":"p","Elapsed":1.6}`, `
			ok  	p	1.600s

			The slowest of 1 tests:
			   1.50s  TestA  p`},
		{"of a test that fails, what it printed", `
			{"Action":"output","Package":"p","Test":"TestA/sub","Output":"    a_test.go:1: wrong\n"}
			{"Action":"output","Package":"p","Test":"TestA/sub","Output":"    --- FAIL: TestA/sub (0.01s)\n"}
			{"Action":"fail","Package":"p","Test":"TestA/sub","Elapsed":0.01}
			{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA (0.01s)\n"}
			{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0.01}
			{"Action":"output","Package":"p","Output":"FAIL\tp\t0.020s\n"}
			{"Action":"fail","Package":"p","Elapsed":0.02}`, `
			    a_test.go:1: wrong
			    --- FAIL: TestA/sub (0.01s)
			--- FAIL: TestA (0.01s)
			FAIL	p	0.020s

			The slowest of 1 tests:
			   0.01s  TestA/sub  p`},
		{"of a test that never ended, what it had printed", `
			{"Action":"output","Package":"p","Test":"TestA","Output":"panic: test timed out\n"}
			{"Action":"output","Package":"p","Output":"FAIL\tp\t9.000s\n"}
			{"Action":"fail","Package":"p","Elapsed":9}`, `
			FAIL	p	9.000s
			panic: test timed out

			The slowest of 0 tests:`},
		{"of what does not compile, the compiler's words", `
			{"Action":"build-output","ImportPath":"p","Output":"p/a.go:1: syntax error\n"}
			{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
			{"Action":"fail","Package":"p"}`, `
			p/a.go:1: syntax error
			FAIL	p [build failed]

			The slowest of 0 tests:`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			r := newReport(&out)
			r.read(strings.NewReader(lines(c.events)))
			r.printSlowest()

			if got, want := out.String(), lines(c.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// lines returns the lines of a text without what it is indented by here.
func lines(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(text, "\n"), "\t\t\t", "") + "\n"
}
