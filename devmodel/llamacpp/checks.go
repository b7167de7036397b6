package llamacpp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/cpu"

	"github.com/slipstream-go/slipstream/devmodel/internal/child"
)

// instead is what always helps.
const instead = "; or install Ollama (ollama.com), or use MODEL=policy, which needs no model"

// A missing is something that this machine lacks.
type missing struct{ what, remedy string }

func (m *missing) Error() string {
	return "llamacpp: the model server needs " + m.what + ": " + m.remedy + instead
}

const (
	newPython = "Python 3.10 or later"
	onThePath = "install one (python.org), and have it first on the PATH as python3"
)

// A machine is what the checks look at.
type machine struct {
	os     string
	fast   bool // has the instructions that the library was compiled for
	python python
	free   int64 // bytes on the disk of the cache; -1: not known
}

// A python is what serve.py tells of its interpreter and the C libraries.
type python struct {
	Version        []int    `json:"python"`
	Implementation string   `json:"implementation"`
	Bits           int      `json:"bits"`
	Libc           string   `json:"libc"`    // "" if it is not glibc
	Missing        []string `json:"missing"` // libraries
}

// packages are those of Debian that have a library.
var packages = map[string]string{"libgomp.so.1": "libgomp1", "libstdc++.so.6": "libstdc++6"}

// lacks returns the first thing that the machine lacks, given how many bytes have to be written, or nil.
func (m machine) lacks(bytes int64) error {
	p := m.python

	switch {
	case p.Implementation != "CPython" || p.Bits != 64:
		return &missing{"a 64-bit CPython", onThePath}
	case !isNewEnough(p.Version):
		return &missing{newPython + ", and python3 is " + dotted(p.Version), onThePath}
	case m.os == "linux" && p.Libc == "":
		return &missing{"glibc, and this system has another C library (musl, as on Alpine)",
			"use a system with glibc, such as Debian"}
	case len(p.Missing) > 0:
		return &missing{p.Missing[0], "apt install " + packages[p.Missing[0]]}
	case !m.fast:
		return &missing{"a processor with AVX2", "use a newer machine"}
	case m.free >= 0 && m.free < bytes:
		return &missing{fmt.Sprintf("%d MB on the disk of the cache, which has %d", bytes/1_000_000,
			m.free/1_000_000), "make room, or name a folder on another disk in SLIPSTREAM_CACHE"}
	}

	return nil
}

func isNewEnough(version []int) bool {
	return len(version) >= 2 && (version[0] > 3 || version[0] == 3 && version[1] >= 10)
}

func dotted(version []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(version), " ", "."), "[]")
}

// hasInstructions reports whether the processor can run the library.
func hasInstructions() bool {
	return runtime.GOARCH != "amd64" || cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2
}

// isolated has Python read nothing of the user's: no variables, no site-packages; and leave no caches.
var isolated = []string{"-I", "-S", "-B"}

// checked looks for a Python, and checks the machine before bytes are written to it.
func (c Config) checked(ctx context.Context, bytes int64) (interpreter string, err error) {
	interpreter, err = findPython()
	if err != nil {
		return "", err
	}

	p, err := c.ask(ctx, interpreter)
	if err != nil {
		return "", err
	}

	m := machine{runtime.GOOS, hasInstructions(), p, freeBytes(c.Dir)}

	return interpreter, m.lacks(bytes)
}

func findPython() (string, error) {
	for _, name := range []string{"python3", "python"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", &missing{newPython + " with pip", "apt install python3-pip"}
}

// ask asks the interpreter what it is.
func (c Config) ask(ctx context.Context, interpreter string) (p python, err error) {
	script, err := c.script()
	if err != nil {
		return p, err
	}

	var out bytes.Buffer
	var said child.Lines
	cmd := exec.Command(interpreter, append(isolated, script, "check")...)
	cmd.Stdout, cmd.Stderr = &out, &said
	err = child.Run(ctx, cmd)
	if err == nil {
		err = json.Unmarshal(out.Bytes(), &p)
	}

	if err != nil && ctx.Err() == nil {
		return p, errors.Join(&missing{newPython, onThePath},
			fmt.Errorf("%s: %w: %s", interpreter, err, said.Tail(3)))
	}

	return p, err
}
