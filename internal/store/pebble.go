package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// A worker may own dozens of partitions, each a store: what can be shared is.
const (
	blockCache = 32 << 20 // bytes, all stores together
	openFiles  = 1 << 10  // all stores together
	memTable   = 2 << 20  // bytes per store; pebble starts at 256 KB and grows to it
	filterBits = 10       // per key: 99 % of lookups of keys that are not there read nothing from disk
)

var (
	sharedFiles  = sync.OnceValue(func() *pebble.FileCache { return pebble.NewFileCache(4, openFiles) })
	sharedBlocks = sync.OnceValue(func() *pebble.Cache { return pebble.NewCache(blockCache) })
)

// The offset lives beside the rows, so that one batch writes both. The keys of rows have a prefix of their
// own, since a user's key may be any string, the empty one included.
var (
	offsetKey = []byte{0}
	firstRow  = []byte{1}
	endOfRows = []byte{2}
)

func rowKey(key string) []byte { return append(bytes.Clone(firstRow), key...) }

// disk is a Store in a folder.
type disk struct {
	gate
	dir    string
	db     *pebble.DB
	mu     sync.Mutex                   // one Flush at a time
	offset atomic.Int64                 // set under mu, after its batch: it is never ahead of the rows
	damage atomic.Pointer[CorruptError] // also set by pebble's compactions; every later call fails with it
}

// OpenPebble opens the [Store] in the folder dir, and creates it if it does not exist. A folder belongs to
// one store: a second OpenPebble of it fails, from any process. Damaged or missing files are a
// [*CorruptError], from here or from a later read.
//
// When the disk refuses a write, because it is full or failing, or because the folder was removed meanwhile,
// pebble can't go on, and the process panics with the reason. Nothing is lost by that.
func OpenPebble(dir string) (Store, error) { return openPebble(dir, vfs.Default, die) }

// openPebble is OpenPebble on a file system. die is called when pebble can't go on; it must not return.
func openPebble(dir string, fs vfs.FS, die func(dir, why string)) (Store, error) {
	if err := checkWhole(dir); err != nil {
		return nil, err
	}
	d := &disk{dir: dir}

	o := &pebble.Options{
		// Pebble by itself writes to a full disk again and again, without an end and without a word.
		FS:           vfs.OnDiskFull(fs, func() { die(dir, "the disk is full") }),
		Cache:        sharedBlocks(),
		FileCache:    sharedFiles(),
		MemTableSize: memTable,
		Logger:       quiet{dir, die},
		EventListener: &pebble.EventListener{DataCorruption: func(i pebble.DataCorruptionInfo) {
			d.damage.Store(&CorruptError{dir, errors.New(i.String())})
		}},
	}
	o.Levels[0].FilterPolicy = bloom.FilterPolicy(filterBits) // of the other levels, too

	db, err := pebble.Open(dir, o)
	if err != nil {
		return nil, d.wrap("open", err)
	}

	d.db = db
	if err := d.readOffset(); err != nil {
		return nil, errors.Join(err, db.Close())
	}

	return d, nil
}

// Wipe removes a store's folder. It renames the folder first, so that a crash half-way leaves no half of a
// store in its place. Wiping a folder that does not exist succeeds.
func Wipe(dir string) error {
	gone := dir + ".wiped"
	if err := os.RemoveAll(gone); err != nil {
		return fmt.Errorf("store: wipe %s: %w", dir, err)
	}

	if err := os.Rename(dir, gone); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("store: wipe %s: %w", dir, err)
	}
	return os.RemoveAll(gone)
}

// checkWhole refuses a folder that has files but no database. Pebble would create a new database there and
// replay old logs into it, which gives some of the rows under an offset that promises all of them.
func checkWhole(dir string) error {
	files, err := os.ReadDir(dir)
	empty := errors.Is(err, os.ErrNotExist) || err == nil && len(files) == 0
	if empty || testhook.IsOff(testhook.WholeStore) {
		return nil
	}

	if err != nil {
		return fmt.Errorf("store: open %s: %w", dir, err)
	}

	switch desc, err := pebble.Peek(dir, vfs.Default); {
	case err != nil:
		return &CorruptError{dir, err}
	case !desc.Exists:
		return &CorruptError{dir, errors.New("files, but no database")}
	}

	return nil
}

// enter is the gate's, and refuses a store that has turned out to be damaged.
func (d *disk) enter() error {
	if err := d.gate.enter(); err != nil {
		return err
	}

	if e := d.damage.Load(); e != nil {
		d.leave()
		return e
	}
	return nil
}

func (d *disk) readOffset() error {
	b, err := d.get(offsetKey)
	if err != nil {
		return err
	}

	switch len(b) {
	case 0:
		d.offset.Store(-1)
	case 8:
		d.offset.Store(int64(binary.BigEndian.Uint64(b)))
	default:
		return &CorruptError{d.dir, fmt.Errorf("an offset of %d bytes", len(b))}
	}

	return nil
}

func (d *disk) Get(key string) ([]byte, error) {
	if err := d.enter(); err != nil {
		return nil, err
	}
	defer d.leave()

	return d.get(rowKey(key))
}

func (d *disk) get(key []byte) ([]byte, error) {
	v, c, err := d.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}

	if err != nil {
		return nil, d.wrap("read", err)
	}
	defer c.Close()

	return append([]byte{}, v...), nil
}

func (d *disk) Flush(rows []Record, offset int64) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.leave()

	d.mu.Lock()
	defer d.mu.Unlock()

	b := d.db.NewBatch()
	defer b.Close()

	if err := fill(b, rows, max(offset, d.offset.Load())); err != nil {
		return d.wrap("write", err)
	}

	if err := b.Commit(pebble.NoSync); err != nil {
		return d.wrap("write", err)
	}

	d.offset.Store(max(offset, d.offset.Load()))

	return nil
}

// fill puts rows and offset into a batch.
func fill(b *pebble.Batch, rows []Record, offset int64) (err error) {
	key := make([]byte, 0, 64)
	for _, r := range rows {
		key = append(append(key[:0], firstRow...), r.Key...)
		if r.Value == nil {
			err = errors.Join(err, b.Delete(key, nil))
		} else {
			err = errors.Join(err, b.Set(key, r.Value, nil))
		}
	}

	if offset >= 0 {
		err = errors.Join(err, b.Set(offsetKey, binary.BigEndian.AppendUint64(nil, uint64(offset)), nil))
	}

	return err
}

func (d *disk) Offset() int64 { return d.offset.Load() }

func (d *disk) Scan(prefix, after string, f func(string, []byte) bool) (err error) {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.leave()

	it, err := d.db.NewIter(bounds(prefix, after))
	if err != nil {
		return d.wrap("read", err)
	}
	defer func() { err = errors.Join(err, it.Close()) }()

	for ok := it.First(); ok; ok = it.Next() {
		key := string(it.Key()[1:])
		if !strings.HasPrefix(key, prefix) {
			break
		}

		if d.closing() {
			return ErrClosed
		}

		value, err := it.ValueAndErr()
		if err != nil {
			return d.wrap("read", err)
		}

		if !f(key, value) {
			break
		}
	}

	return d.wrap("read", it.Error())
}

// bounds starts at the first key that a scan can mean. Scan itself sees where the prefix ends.
func bounds(prefix, after string) *pebble.IterOptions {
	lower := rowKey(prefix)
	if after != "" && after >= prefix {
		lower = append(rowKey(after), 0) // the least key greater than after
	}
	return &pebble.IterOptions{LowerBound: lower, UpperBound: endOfRows}
}

func (d *disk) Close() error {
	if !d.close() {
		return nil
	}

	err := d.wrap("close", d.db.Close())
	if d.damage.Load() != nil && !testhook.IsOff(testhook.Damage) { // it would be found again
		return Wipe(d.dir)
	}

	return err
}

// wrap tells damage from other failures. Only a damaged store may be wiped.
func (d *disk) wrap(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case pebble.IsCorruptionError(err), errors.Is(err, pebble.ErrDBNotPristine), errors.Is(err,
		os.ErrNotExist):
		return Damaged(d, err)
	}
	return fmt.Errorf("store: %s %s: %w", op, d.dir, err)
}

// quiet keeps pebble's own messages out of the worker's log. Fatalf must not return.
type quiet struct {
	dir string
	die func(dir, why string)
}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (q quiet) Fatalf(format string, args ...any) {
	why, _, _ := strings.Cut(fmt.Sprintf(format, args...), "\n") // what follows is where in pebble
	q.die(q.dir, why)
}

// die ends the process and does not return. It panics in a goroutine of its own: one of pebble's holds locks,
// and would end in a fatal error about these, which hides the reason.
func die(dir, why string) {
	go panic("store: " + dir + ": " + why +
		". Nothing is lost: mend the disk, or name another folder, and start the worker again")
	select {}
}
