package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A module is a folder with a go.mod, without the modules within.
type module struct {
	name, dir string
	requires  int // directly
	folders   map[string]*lines
	functions []function // of code that is no test
}

type lines struct{ code, tests int }

type function struct {
	lines  int // from func to the closing brace
	inside int // between the braces
	blank  int // of these
}

func (m *module) sortedFolders() []string { return slices.Sorted(maps.Keys(m.folders)) }

func (m *module) code() (n int) {
	for _, l := range m.folders {
		n += l.code
	}
	return n
}

func (m *module) tests() (n int) {
	for _, l := range m.folders {
		n += l.tests
	}
	return n
}

// measure returns the modules below root, the one at root first.
func measure(root string) ([]*module, error) {
	var modules []*module

	err := files(root, func(path string) error {
		if filepath.Base(path) != "go.mod" {
			return nil
		}
		m, err := readModule(path)
		modules = append(modules, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(modules, func(a, b *module) int { return strings.Compare(a.dir, b.dir) })

	return modules, files(root, func(path string) error {
		if filepath.Ext(path) != ".go" {
			return nil
		}
		return moduleOf(modules, path).add(path)
	})
}

func readModule(path string) (*module, error) {
	b, err := os.ReadFile(path)
	m := &module{dir: filepath.Dir(path), folders: map[string]*lines{}}
	inRequire := false
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case fields[0] == "module":
			m.name = fields[1][strings.LastIndex(fields[1], "/")+1:]
		case fields[0] == "require" && fields[1] == "(":
			inRequire = true
		case fields[0] == ")":
			inRequire = false
		case (inRequire || fields[0] == "require") && !strings.Contains(line, "// indirect"):
			m.requires++
		}
	}

	return m, err
}

func moduleOf(modules []*module, path string) *module {
	best := modules[0]
	for _, m := range modules {
		if len(m.dir) > len(best.dir) && strings.HasPrefix(path, m.dir+string(filepath.Separator)) {
			best = m
		}
	}
	return best
}

// add takes in one file. Folders are those at the top of the module.
func (m *module) add(path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}

	rel, err := filepath.Rel(m.dir, path)
	if err != nil {
		return err
	}

	folder := "."
	if top, _, nested := strings.Cut(rel, string(filepath.Separator)); nested {
		folder = top
	}

	if m.folders[folder] == nil {
		m.folders[folder] = &lines{}
	}

	n := strings.Count(string(src), "\n")
	if strings.HasSuffix(path, "_test.go") {
		m.folders[folder].tests += n
		return nil
	}
	m.folders[folder].code += n
	found, err := functionsOf(path, src)
	m.functions = append(m.functions, found...)

	return err
}

func functionsOf(path string, src []byte) (found []function, err error) {
	set := token.NewFileSet()

	f, err := parser.ParseFile(set, path, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}

	all := strings.Split(string(src), "\n")
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}

		first, open, last := set.Position(fn.Pos()).Line, set.Position(fn.Body.Lbrace).Line, set.Position(fn.End()).Line
		one := function{lines: last - first + 1, inside: max(last-open-1, 0)}
		for _, line := range all[open : open+one.inside] {
			if strings.TrimSpace(line) == "" {
				one.blank++
			}
		}
		found = append(found, one)
	}

	return found, nil
}

// exported returns the names that a package offers, without methods and fields.
func exported(dir string) (names []string, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}

		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}

		for _, d := range f.Decls {
			names = append(names, declared(d)...)
		}
	}

	return slices.DeleteFunc(names, func(name string) bool { return !token.IsExported(name) }), err
}

func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					names = append(names, name.Name)
				}
			}
		}
	}

	return names
}
