package devmodel

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// program is the ollama on the PATH, else the one that we have built, else one that is built now.
func (c Config) program(ctx context.Context) (string, error) {
	if p, err := exec.LookPath("ollama"); err == nil {
		c.Progress("starting " + p)
		return p, nil
	}

	bin := filepath.Join(c.Dir, "bin", "ollama-"+Version+"-"+cpuName())
	if isFile(bin) {
		return bin, nil
	}

	unlock, err := c.lock(ctx, "build", "another process is building Ollama")
	if err != nil {
		return "", err
	}
	defer unlock()

	if isFile(bin) {
		return bin, nil
	}

	return bin, c.build(ctx, bin)
}

func isFile(path string) bool {
	i, err := os.Stat(path)
	return err == nil && i.Mode().IsRegular()
}

// build installs Ollama from its Go module. The go command checks what it fetches against the checksum
// database.
func (c Config) build(ctx context.Context, bin string) error {
	if err := canBuild(); err != nil {
		return err
	}
	c.Progress(fmt.Sprintf("building Ollama %s for this processor (%s), once; 4 to 7 minutes on two cores",
		Version, cpuName()))

	tmp, remove, err := c.scratch("build")
	if err != nil {
		return err
	}
	defer remove()

	if err := c.headers(ctx, filepath.Join(tmp, "include")); err != nil {
		return err
	}

	if err := c.install(ctx, tmp); err != nil {
		return err
	}

	if err := os.MkdirAll(filepath.Dir(bin), 0o755); err != nil {
		return fmt.Errorf("devmodel: %w", err)
	}

	return os.Rename(filepath.Join(tmp, "ollama"), bin)
}

func canBuild() error {
	const instead = "; or install Ollama (ollama.com), or name one in OLLAMA_HOST"
	if runtime.GOOS != "linux" {
		return fmt.Errorf("devmodel: no Ollama here, and it is built on Linux only: start one and run again%s", instead)
	}

	var missing []string
	for _, tool := range []string{"go", "gcc", "g++"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = append(missing, tool)
		}
	}

	if len(missing) > 0 {
		return fmt.Errorf("devmodel: to build Ollama, install %s (Go from go.dev, a C++ compiler as the package g++)%s", strings.Join(missing, ", "), instead)
	}

	return nil
}

// headers collects what the module lacks. A module zip never carries folders named "vendor", and llama.cpp
// keeps three header libraries in one: two come from an older Ollama, the third from malgo. Same code, same
// licences.
func (c Config) headers(ctx context.Context, include string) error {
	old, err := moduleDir(ctx, "github.com/ollama/ollama@v0.11.4")
	if err != nil {
		return err
	}

	audio, err := moduleDir(ctx, "github.com/gen2brain/malgo@v0.11.24")
	if err != nil {
		return err
	}

	common := filepath.Join(old, "llama", "llama.cpp", "common")
	for to, from := range map[string]string{
		"nlohmann/json.hpp":     filepath.Join(common, "json.hpp"),
		"stb/stb_image.h":       filepath.Join(common, "stb_image.h"),
		"miniaudio/miniaudio.h": filepath.Join(audio, "miniaudio.h"),
	} {
		b, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("devmodel: %w", err)
		}

		if err := writeFile(filepath.Join(include, to), b); err != nil {
			return err
		}
	}

	return writeFile(filepath.Join(include, "nlohmann", "json_fwd.hpp"),
		[]byte("#include <nlohmann/json.hpp>\n"))
}

func writeFile(path string, b []byte) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, b, 0o644)
	}

	if err != nil {
		return fmt.Errorf("devmodel: %w", err)
	}
	return nil
}

// moduleDir downloads a module and returns its read-only folder.
func moduleDir(ctx context.Context, module string) (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", module)
	cmd.Dir, cmd.Env = os.TempDir(), goEnv() // outside any module: nobody's go.mod is touched
	var out, complaint bytes.Buffer

	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := run(ctx, cmd)
	var m struct{ Dir, Error string }
	_ = json.Unmarshal(out.Bytes(), &m)
	if err != nil || m.Dir == "" {
		return "", fmt.Errorf("devmodel: the Go module proxy gave no %s: %v %s%s", module, err, m.Error,
			&complaint)
	}

	return m.Dir, nil
}

func (c Config) install(ctx context.Context, dir string) error {
	// cgo's own flags have no -march: the result would be SSE2 code, eight times slower.
	flags := "-O3 " + strings.Join(cpuFlags(), " ")
	cmd := exec.Command("go", "install", "-trimpath", "-v",
		"-ldflags", "-s -w -X github.com/ollama/ollama/version.Version="+Version[1:], "github.com/ollama/ollama@"+Version)
	cmd.Dir = os.TempDir()

	cmd.Env = append(goEnv(), "GOBIN="+dir, "CGO_ENABLED=1",
		"CGO_CPPFLAGS=-I"+filepath.Join(dir, "include"), "CGO_CFLAGS="+flags, "CGO_CXXFLAGS="+flags)
	var compiled lines
	cmd.Stdout, cmd.Stderr = &compiled, &compiled
	stop := c.ticking(15*time.Second, func(passed time.Duration) string {
		return fmt.Sprintf("building Ollama: %v, %s", passed, compiled.last())
	})
	err := run(ctx, cmd)
	stop()

	if err != nil {
		return fmt.Errorf("devmodel: the build of Ollama %s failed: %w\n%s", Version, err, compiled.tail(20))
	}

	return nil
}

// goEnv is ours without what would change the build: a toolchain or vendoring that belongs to someone's
// module.
func goEnv() []string {
	return append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GO111MODULE=on")
}
