package llamacpp

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/slipstream-go/slipstream/devmodel/internal/progress"
)

// Config says which model is served and how. All fields are required.
type Config struct {
	Model    string        // a name of the catalogue, see Find
	Dir      string        // the cache, which several processes may share
	Context  int           // tokens per request
	Threads  int           // that compute
	Parallel int           // requests that are decoded together, each with a context of its own
	Progress progress.Func // takes lines for people
}

// CacheDir is where models are kept: SLIPSTREAM_CACHE, or else slipstream in the user's cache folder.
func CacheDir() (string, error) {
	if d := os.Getenv("SLIPSTREAM_CACHE"); d != "" {
		return filepath.Abs(d)
	}
	d, err := os.UserCacheDir()
	return filepath.Join(d, "slipstream"), err
}

func isFile(path string) bool {
	i, err := os.Stat(path)
	return err == nil && i.Mode().IsRegular()
}

func writeFile(path string, b []byte) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, b, 0o644)
	}

	if err != nil {
		return fmt.Errorf("llamacpp: %w", err)
	}
	return nil
}
