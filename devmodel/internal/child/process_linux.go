package child

import (
	"os"
	"os/exec"
	"syscall"
)

// bindLife gives cmd a group of its own, and a signal when we die. It is SIGTERM, so that the server can end
// its runners, which a SIGKILL would leave behind.
func bindLife(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

// signalGroup asks every process of p's group to end, or kills them. A group that is gone is fine.
func signalGroup(p *os.Process, kill bool) {
	sig := syscall.SIGTERM
	if kill {
		sig = syscall.SIGKILL
	}
	_ = syscall.Kill(-p.Pid, sig)
}
