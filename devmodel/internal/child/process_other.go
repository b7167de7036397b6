//go:build !linux

package child

import (
	"os"
	"os/exec"
)

// bindLife does nothing: only Linux tells a child that its parent has died.
func bindLife(*exec.Cmd) {}

// signalGroup ends p alone; Ollama ends its runners when it is interrupted.
func signalGroup(p *os.Process, kill bool) {
	if kill || p.Signal(os.Interrupt) != nil {
		_ = p.Kill()
	}
}
