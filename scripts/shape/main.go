// Command shape measures the source: lines by module and folder, how long functions are, how much they breathe, what
// package topology exports, and what each module requires. Without an argument it is the working tree, else the commits
// named.
//
//	go run ./scripts/shape 827afa7 HEAD
package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) == 1 {
		exitOn(print(".", "working tree"))
	}

	for _, commit := range os.Args[1:] {
		exitOn(printCommit(commit))
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "shape:", err)
		os.Exit(1)
	}
}

func printCommit(commit string) error {
	dir, err := os.MkdirTemp("", "shape")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	extract := exec.Command("sh", "-c", `git archive "$1" | tar -x -C "$2"`, "sh", commit, dir)
	extract.Stderr = os.Stderr
	if err := extract.Run(); err != nil {
		return fmt.Errorf("commit %s: %w", commit, err)
	}

	return print(dir, commit)
}

func print(root, title string) error {
	modules, err := measure(root)
	if err != nil {
		return err
	}

	fmt.Printf("# %s\n\n%-44s %8s %8s\n", title, "lines of Go", "code", "tests")

	var functions []function
	for _, m := range modules {
		fmt.Printf("module %-37s %8d %8d\n", m.name, m.code(), m.tests())

		for _, f := range m.sortedFolders() {
			fmt.Printf("  %-42s %8d %8d\n", f, m.folders[f].code, m.folders[f].tests)
		}
		functions = append(functions, m.functions...)
	}

	fmt.Println()
	printFunctions("all modules", functions)

	for _, m := range modules {
		printFunctions("module "+m.name, m.functions)
	}

	names, err := exported(filepath.Join(root, "topology"))
	if err != nil {
		return err
	}
	fmt.Printf("\n%-44s %8d\n", "exported names of topology", len(names))

	for _, m := range modules {
		fmt.Printf("%-44s %8d\n", "direct requirements of "+m.name, m.requires)
	}
	fmt.Println()

	return nil
}

func printFunctions(of string, all []function) {
	if len(all) == 0 {
		return
	}

	var lengths []int
	blank, inside := 0, 0
	for _, f := range all {
		lengths = append(lengths, f.lines)
		blank += f.blank
		inside += f.inside
	}
	slices.Sort(lengths)
	at := func(percent int) int { return lengths[(len(lengths)-1)*percent/100] }
	fmt.Printf("functions of %-31s %8d   p50 %d, p90 %d, p99 %d, longest %d lines; %.1f %% of lines inside are blank\n",
		of, len(all), at(50), at(90), at(99), lengths[len(lengths)-1], 100*float64(blank)/float64(max(inside,
			1)))
}

// files calls visit for each file of the source below root, except for those in hidden folders and testdata.
func files(root string, visit func(path string) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}

		hidden := strings.HasPrefix(d.Name(), ".") && path != root
		if d.IsDir() && (hidden || d.Name() == "testdata" || d.Name() == "bin") {
			return filepath.SkipDir
		}

		if d.IsDir() {
			return nil
		}

		return visit(path)
	})
}
