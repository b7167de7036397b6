package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/slipstream-go/slipstream/internal/store"
)

func ExampleMemory() {
	s := store.Memory()
	defer s.Close()

	// What a committed transaction changed, and its last offset in the changelog.
	_ = s.Flush([]store.Record{{Key: "c-1", Value: []byte("gold")}, {Key: "c-2", Value: []byte("new")}}, 41)
	_ = s.Flush([]store.Record{{Key: "c-2"}}, 42) // deleted

	_ = s.Scan("c-", "", func(key string, value []byte) bool {
		fmt.Printf("%s: %s\n", key, value)
		return true
	})
	fmt.Println("complete up to offset", s.Offset())
	// Output:
	// c-1: gold
	// complete up to offset 42
}

func ExampleOpenPebble() {
	tmp, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(tmp)
	dir := filepath.Join(tmp, "customers", "0")

	s, _ := store.OpenPebble(dir)
	_ = s.Flush([]store.Record{{Key: "c-1", Value: []byte("gold")}}, 41)
	_ = s.Close()

	s, err := store.OpenPebble(dir)
	if corrupt := new(store.CorruptError); errors.As(err, &corrupt) {
		_ = store.Wipe(corrupt.Dir) // the changelog has every row
		s, err = store.OpenPebble(dir)
	}
	defer s.Close()
	tier, _ := s.Get("c-1")
	fmt.Println(string(tier), s.Offset(), err)
	// Output: gold 41 <nil>
}

func ExampleWipe() {
	dir, _ := os.MkdirTemp("", "example")
	fmt.Println(store.Wipe(dir), store.Wipe(dir)) // one that is gone is wiped
	// Output: <nil> <nil>
}

func ExampleGoka() {
	s := store.Memory()
	g := store.Goka(s) // what goka.WithStorageBuilder's builder returns

	// As goka replays the changelog of a partition:
	_ = g.Set("c-1", []byte("gold"))
	_ = g.SetOffset(0)
	_ = g.Delete("c-1")
	_ = g.SetOffset(1)
	fmt.Println("before:", s.Offset()) // held back
	_ = g.MarkRecovered()
	fmt.Println("after:", s.Offset())
	// Output:
	// before: -1
	// after: 1
}
