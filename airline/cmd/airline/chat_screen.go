package main

import (
	"bufio"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// A screen is where a chat takes place: a terminal, on which one may write at any time, or lines, one after
// the other.
type screen struct {
	lines <-chan string // closed at the end of the input
	free  bool          // a line need not wait for the answer to the one before
	out   io.Writer
	dimly bool
	close func()
}

// prompt stands before what the user says.
const prompt = "> "

func newScreen(in io.Reader, out io.Writer) (*screen, error) {
	i, isFile := in.(*os.File)
	o, onFile := out.(*os.File)
	seen := onFile && term.IsTerminal(int(o.Fd()))
	var c *screen
	if seen && isFile && term.IsTerminal(int(i.Fd())) {
		was, err := term.MakeRaw(int(i.Fd()))
		if err != nil {
			return nil, err
		}
		width, height := size(o)
		c = onTerminal(i, o, width, height)
		c.close = func() {
			_, _ = io.WriteString(o, "\r\n") // the prompt stays where it is
			_ = term.Restore(int(i.Fd()), was)
		}
	} else {
		c = onLines(in, out)
	}
	c.dimly = seen && os.Getenv("NO_COLOR") == ""

	return c, nil
}

// size returns the width and height of a terminal, or the usual ones where a terminal doesn't know.
func size(f *os.File) (width, height int) {
	width, height, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 1 || height < 1 {
		return 80, 24
	}
	return width, height
}

// onTerminal edits lines on a terminal in raw mode, below what is printed.
func onTerminal(in io.Reader, out io.Writer, width, height int) *screen {
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, prompt)
	_ = t.SetSize(width, height) // one that can't be drawn on is told of by the first print
	return &screen{lines: each(t.ReadLine), free: true, out: t}
}

// onLines reads any input.
func onLines(in io.Reader, out io.Writer) *screen {
	r := bufio.NewReader(in)
	return &screen{lines: each(func() (string, error) {
		line, err := r.ReadString('\n')
		if line != "" {
			err = nil
		}
		return strings.TrimSuffix(line, "\n"), err
	}), out: out, close: func() {}}
}

// each reads until there is no more. The goroutine lasts as long as its reader blocks: until the process
// ends, at most.
func each(read func() (string, error)) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)

		for {
			line, err := read()
			if err != nil {
				return
			}

			lines <- line
		}
	}()

	return lines
}

// print adds a line, or several.
func (c *screen) print(lines string) {
	_, _ = io.WriteString(c.out, lines+"\n") // who can't be written to has left, and the input ends
}

// echo repeats what was said, where nobody sees it being typed.
func (c *screen) echo(line string) {
	if !c.free {
		c.print(prompt + line)
	}
}

// dim is a line that is not what the talk is about.
func (c *screen) dim(line string) string {
	if !c.dimly {
		return line
	}
	return "\x1b[2m" + line + "\x1b[0m"
}
