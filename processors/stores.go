package processors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/lovoo/goka"
	"github.com/lovoo/goka/storage"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// storeFormat is part of each store's path. Stores of another format stay empty: the topics have all.
const storeFormat = "-2"

// formerKinds are the folders of former formats.
var formerKinds = []string{"tables", "copies"}

// openStore opens the store of one partition of a changelog, on disk if the worker has a folder. The topics'
// ids are part of the path: a topic that was deleted and created again has none of the old one's rows. A
// store is wiped if it is damaged, or if it may lack deletions, since the topics have all.
func (w *Worker) openStore(kind, topic, cells string, part int32) (store.Store, error) {
	if w.dir == "" {
		return begin(store.Memory())
	}

	dir := filepath.Join(w.dir, kind+storeFormat, w.folder(topic, cells), strconv.Itoa(int(part)))

	keep := w.topics[topic].deletesLast
	if cells != "" {
		keep = min(keep, w.topics[cells].deletesLast)
	}

	st, err := openDir(dir, keep/2)

	switch bad := new(store.CorruptError); {
	case errors.As(err, &bad):
		w.c.Logger.Warn("rebuilding a damaged store from its changelog", "err", err)
	case errors.Is(err, errOutdated):
		w.c.Logger.Info("rebuilding a store that was away for longer than deletions last", "store", dir)
	default:
		return st, err
	}

	if err := store.Wipe(dir); err != nil {
		return nil, err
	}

	return openDir(dir, keep/2)
}

// folder is that of the stores of a topic's partitions.
func (w *Worker) folder(topic, cells string) string {
	if testhook.IsOff(testhook.TopicID) {
		return topic
	}

	folder := topic + "." + w.topics[topic].id
	if cells != "" {
		folder += "." + w.topics[cells].id
	}
	return folder
}

// openDir opens a store that may be used: whole, and away for no longer than a limit.
func openDir(dir string, limit time.Duration) (store.Store, error) {
	st, err := store.OpenPebble(dir)
	if err != nil {
		return nil, err
	}

	if err = outdated(st, limit); err == nil {
		_, err = begin(st)
	}

	if err != nil {
		return nil, errors.Join(err, st.Close())
	}

	return st, nil
}

// begin tells a store that is empty that it is complete now: what it will hold was there since.
func begin(st store.Store) (store.Store, error) {
	if st.Offset() >= 0 {
		return st, nil
	}

	if b, err := st.Get(metaComplete); err != nil || b != nil {
		return st, err
	}

	return st, completed(st, time.Now())
}

// completed tells a store that it had all that was written until a time.
func completed(st store.Store, until time.Time) error {
	return st.Flush([]store.Record{{Key: metaComplete, Value: number(until.UnixMilli())}}, -1)
}

// outdated returns errOutdated for a store that may lack deletions. Compaction removes a deletion
// delete.retention.ms after it was written, so a store that was away for longer would keep what was deleted
// meanwhile. Half of that time is the limit, since clocks differ.
func outdated(st store.Store, limit time.Duration) error {
	until, err := readNumber(st, metaComplete, -1)
	old := until >= 0 && time.Since(time.UnixMilli(until)) > limit
	if err == nil && old && !testhook.IsOff(testhook.Outdated) {
		err = errOutdated
	}
	return err
}

var errOutdated = errors.New("the store may lack deletions")

// removeFormer removes the stores of former formats.
func (w *Worker) removeFormer() error {
	if w.dir == "" {
		return nil
	}

	var errs []error
	for _, kind := range formerKinds {
		errs = append(errs, os.RemoveAll(filepath.Join(w.dir, kind)))
	}

	return errors.Join(errs...)
}

// openStore opens the store of a partition of the stage.
func (s *runner) openStore(kind, topic string, part int32) (store.Store, error) {
	return s.w.openStore(kind, topic, s.cells, part)
}

// recovered takes in a record of the changelog that recovery reads.
func (s *runner) recovered(ctx goka.UpdateContext, st storage.Storage, key string, value []byte) error {
	row, kept, err := s.w.fromChangelog(ctx, value)
	if row == nil {
		return err
	}

	if key == stage.MarkerKey {
		return st.Set(metaMarked, number(1))
	}

	s.noteMisplaced(key, ctx.Partition())

	if s.stage.Waits {
		if err := keepLegacy(st, key, kept); err != nil {
			return err
		}
	} else if len(kept) > 0 {
		return &FatalError{fmt.Errorf("%w: %s", errGone, kept[0].Op)}
	}

	return setRow(st, key, row)
}

var errGone = errors.New("events wait for an operator that this version of the topology does not have")

// setRow keeps a row, or deletes it.
func setRow(st storage.Storage, key string, row *stage.Row) error {
	if packed := row.Pack(); packed != nil {
		return st.Set(rowSpace+key, packed)
	}
	return st.Delete(rowSpace + key)
}

// fromChangelog returns the row of a changelog record, and the events that wait in its headers; no row if the
// record is to be passed over.
func (w *Worker) fromChangelog(ctx goka.UpdateContext, value []byte) (*stage.Row, []stage.Kept, error) {
	if value == nil {
		return &stage.Row{}, nil, nil
	}

	row, kept, err := stage.FromChangelog(value, ctx.Timestamp(), ctx.Headers())
	if err != nil {
		return nil, nil, w.foreign(string(ctx.Topic()), ctx.Partition(), ctx.Offset(), err)
	}

	return row, kept, nil
}

// foreign returns the error of a record in a topic of the worker's own that it can't have written; nil if it
// is to be passed over.
func (w *Worker) foreign(topic string, part int32, offset int64, why error) error {
	if w.c.PassForeign {
		w.c.Logger.Warn("a record that is not of the engine is passed over",
			"topic", topic, "partition", part, "offset", offset, "err", why)
		return nil
	}

	return &FatalError{fmt.Errorf("record %s/%d/%d is not of the engine (%w): find out who writes there. "+
		"Config.PassForeign has it passed over", topic, part, offset, why)}
}

// keepLegacy keeps the events of a row's headers until they have moved to cells.
func keepLegacy(st storage.Storage, key string, kept []stage.Kept) error {
	if len(kept) == 0 {
		if has, err := st.Has(legacySpace + key); err != nil || !has {
			return err
		}
		return st.Delete(legacySpace + key)
	}

	var b []byte
	for _, k := range kept {
		one := k.Encode()
		b = append(binary.AppendUvarint(b, uint64(len(one))), one...)
	}

	return st.Set(legacySpace+key, b)
}

// legacyOf returns what keepLegacy has kept.
func legacyOf(b []byte) (kept []stage.Kept, err error) {
	for len(b) > 0 {
		n, width := binary.Uvarint(b)
		if width <= 0 || n > uint64(len(b)-width) {
			return nil, errors.New("events of a row are cut short")
		}

		k, err := stage.DecodeKept(b[width : width+int(n)])
		if err != nil {
			return nil, err
		}

		kept, b = append(kept, k), b[width+int(n):]
	}

	return kept, nil
}
