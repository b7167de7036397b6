package discover

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv("ANNOUNCE") != "" { // the other process of TestStale
		if _, err := Announce(Process{Command: "demo"}); err != nil {
			panic(err)
		}
		os.Exit(0) // without withdrawing, as after a kill
	}
	os.Exit(m.Run())
}

func running(t *testing.T) []Process {
	t.Helper()

	ps, err := Running()
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

func TestNewestFirst(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	old := Process{Command: "broker", Brokers: []string{"127.0.0.1:9092"},
		Started: time.Now().Add(-time.Hour)}

	withdrawOld, err := Announce(old)
	if err != nil {
		t.Fatal(err)
	}

	withdraw, err := Announce(Process{Command: "demo", Brokers: []string{"127.0.0.1:1"}, HTTP: "127.0.0.1:2"})
	if err != nil {
		t.Fatal(err)
	}

	ps := running(t)
	if len(ps) != 2 || ps[0].HTTP != "127.0.0.1:2" || ps[0].PID != os.Getpid() || ps[1].Command != "broker" {
		t.Errorf("running: %v", ps)
	}

	if err := withdraw(); err != nil {
		t.Error(err)
	}

	if ps := running(t); len(ps) != 1 || ps[0].Command != "broker" {
		t.Errorf("after one has ended: %v", ps)
	}

	if err := withdrawOld(); err != nil {
		t.Error(err)
	}
}

func TestStale(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SLIPSTREAM_CACHE", dir)

	cmd := exec.Command(os.Args[0])

	cmd.Env = append(os.Environ(), "ANNOUNCE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	files := func() []string {
		names, _ := filepath.Glob(filepath.Join(dir, "running", "*"))
		return names
	}
	if len(files()) != 2 {
		t.Fatalf("a killed process leaves its files: %v", files())
	}

	if ps := running(t); len(ps) != 0 {
		t.Errorf("a process that has ended is running: %v", ps)
	}

	if len(files()) != 0 {
		t.Errorf("stale files are left: %v", files())
	}
}

func TestNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SLIPSTREAM_CACHE", file)

	if _, err := Announce(Process{}); err == nil {
		t.Error("announced in a file")
	}

	if _, err := Running(); err == nil {
		t.Error("found in a file")
	}
}
