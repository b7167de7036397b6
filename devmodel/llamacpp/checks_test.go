package llamacpp

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// Each thing that a machine may lack is named, with what to do about it.
func TestWhatAMachineLacks(t *testing.T) {
	const need = 2_000_000_000
	for name, c := range map[string]struct {
		spoil func(*machine)
		says  []string
	}{
		"nothing": {func(*machine) {}, nil},
		"old Python": {func(m *machine) { m.python.Version = []int{3, 9, 2} },
			[]string{"Python 3.10", "3.9.2", "PATH"}},
		"other Python": {func(m *machine) { m.python.Implementation = "PyPy" },
			[]string{"CPython", "PATH"}},
		"32 bits": {func(m *machine) { m.python.Bits = 32 }, []string{"64-bit"}},
		"musl": {func(m *machine) { m.python.Libc = "" },
			[]string{"glibc", "Alpine", "Debian"}},
		"no glibc where there is never one": {func(m *machine) { m.os, m.python.Libc = "darwin", "" }, nil},
		"no libgomp": {func(m *machine) { m.python.Missing = []string{"libgomp.so.1"} },
			[]string{"libgomp.so.1", "apt install libgomp1"}},
		"no AVX2": {func(m *machine) { m.fast = false }, []string{"AVX2"}},
		"full disk": {func(m *machine) { m.free = need - 1 },
			[]string{"2000 MB", "SLIPSTREAM_CACHE"}},
		"a disk that can't be asked": {func(m *machine) { m.free = -1 }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := python{Version: []int{3, 11, 7}, Implementation: "CPython", Bits: 64, Libc: "glibc 2.36"}
			m := machine{os: "linux", fast: true, free: need, python: p}
			c.spoil(&m)
			err := m.lacks(need)

			if (err == nil) != (c.says == nil) {
				t.Fatal(err)
			}

			if err == nil {
				return
			}

			for _, says := range append(c.says, "ollama.com", "MODEL=policy") {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("%v: does not say %q", err, says)
				}
			}
		})
	}
}

func TestNothingIsDownloadedBeforeTheChecks(t *testing.T) {
	b := newBench(t)
	t.Setenv("FAKE_PYTHON", `{"python":[3,8,0],"implementation":"CPython","bits":64,"libc":"glibc 2.31"}`)
	b.fails("3.8.0")
	t.Setenv("FAKE_PYTHON", "Python 2 knows no such thing")
	b.fails("Python 3.10 or later")
	b.Model = "unheard-of"
	b.fails(`"unheard-of"`, "toy")

	if got := b.brought(); len(got) > 0 {
		t.Errorf("pip was asked for %q", got)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	b := newBench(t)
	t.Setenv("FAKE_PIP_MISSING", "yes")
	b.fails("pip for", "apt install python3-pip")
	t.Setenv("PATH", t.TempDir())
	b.fails("Python 3.10 or later with pip", "apt install python3-pip")
}

// What the script tells of a real Python can be read.
func TestTheScriptTellsWhatThereIs(t *testing.T) {
	interpreter, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}

	c := Config{Dir: t.TempDir()}
	p, err := c.ask(t.Context(), interpreter)
	told, _ := json.Marshal(p)
	if err != nil || len(p.Version) != 3 || p.Implementation == "" || p.Bits == 0 {
		t.Errorf("%s, %v", told, err)
	}
}
