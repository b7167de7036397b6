package child

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The test binary stands in for a parent that is killed: a link of that name leads back to it.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "parent" {
		parent()
		return
	}
	os.Exit(m.Run())
}

// parent starts a child as devmodel does, says so, and never ends by itself.
func parent() {
	cmd := exec.Command("/bin/sh", "-c", "echo started; read forever")
	in, err := cmd.StdinPipe()
	cmd.Stdout = os.Stdout
	if err == nil {
		_, err = Spawn(cmd)
	}

	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	_, _ = io.Copy(in, os.Stdin) // open as long as we live
}

// asParent is a command that runs parent.
func asParent(t *testing.T) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	link := filepath.Join(t.TempDir(), "parent")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GORACE", "atexit_sleep_ms=0") // a program built with the race detector else ends a second late

	return exec.Command(link)
}
