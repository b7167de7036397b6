package specs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// What the library keeps. A book is known by its shelf and number: a-1.
const (
	Stock     topology.Topic[BookID, Book]                       = "stock"
	Staff     topology.Topic[BookID, string]                     = "staff"
	Questions topology.Topic[ReaderID, Question]                 = "questions"
	Advice    topology.Topic[ReaderID, Tip]                      = "advice"
	Unadvised topology.Topic[ReaderID, topology.Failure[Asking]] = "unadvised"

	Books   topology.Table[BookID, Book]     = "books"
	Keepers topology.Table[BookID, string]   = "keepers"
	Readers topology.Table[ReaderID, Reader] = "readers"
)

// library advises readers. Which books there are the librarian finds out only while she thinks.
func library(m llm.Model) *topology.Topology {
	t := topology.New("library")
	topology.Fold(Books, topology.From(t, Stock), topology.Latest)
	topology.Fold(Keepers, topology.From(t, Staff), topology.Latest)

	asked := topology.Fold(Readers, topology.From(t, Questions),
		func(r Reader, q Question) Reader { r.Asked++; return r })
	askings := topology.Join(asked, Readers, func(q Question, r Reader) Asking { return Asking{q, r} })
	tips, unsettled := topology.Async(askings, "librarian", librarian{m}, topology.Policy[Asking]{
		Reads: []topology.Readable{Books, Readers}, Record: true,
	})
	tips.To(Advice)
	unsettled.To(Unadvised)
	topology.Fold(Readers, tips, func(r Reader, tip Tip) Reader { r.Last = tip.Book; return r })

	return t
}

type (
	BookID   string
	ReaderID string
	Book     struct {
		Title string `json:"title"`
		Free  int    `json:"free"`
	}
	Question struct {
		Shelf BookID   `json:"shelf,omitempty"` // all books whose ids begin so
		As    ReaderID `json:"as,omitempty"`    // whose taste is asked for
		Of    string   `json:"of,omitempty"`    // keepers: a table that the librarian was not given
	}
	Reader struct {
		Asked int    `json:"asked"`
		Last  BookID `json:"last,omitempty"`
	}
	Asking struct {
		Question Question `json:"question"`
		Reader   Reader   `json:"reader"`
	}
	Tip struct {
		Book   BookID `json:"book"`
		Before int    `json:"before"` // free copies when the librarian began to think
		After  int    `json:"after"`  // and when she had thought
	}
)

// A librarian looks over the shelf, thinks, and looks at her choice once more.
type librarian struct{ model llm.Model }

func (l librarian) Decide(ctx context.Context, a Asking) (tip Tip, _ topology.Provenance, err error) {
	if a.Question.Of != "" {
		_, err := topology.Get(ctx, Keepers, BookID(a.Question.Shelf))
		return tip, nil, err
	}

	facts, free, err := look(ctx, a.Question)
	if err != nil {
		return tip, nil, err
	}
	journal.AddSharedNote(ctx, "instructions", "Choose a book that they will like.")
	journal.AddNote(ctx, "facts", facts)

	reply, err := l.model.Chat(ctx, llm.Request{Messages: []llm.Message{{Role: llm.User, Text: facts}}})
	if err != nil {
		return tip, nil, err
	}

	if err := json.Unmarshal([]byte(reply.Message.Text), &tip); err != nil {
		return tip, nil, err
	}
	now, err := topology.Get(ctx, Books, tip.Book)
	tip.Before, tip.After = free[tip.Book], now.Free

	return tip, nil, err
}

// look reads the shelf, and each book on it, which is no news.
func look(ctx context.Context, q Question) (facts string, free map[BookID]int, err error) {
	var titles []string
	free = map[BookID]int{}
	for book, err := range topology.Scan(ctx, Books, q.Shelf) {
		if err != nil {
			return "", nil, err
		}

		again, err := topology.Get(ctx, Books, book.Key)
		if err != nil {
			return "", nil, err
		}
		free[book.Key] = again.Free
		titles = append(titles, fmt.Sprintf("%s (%d)", book.Value.Title, book.Value.Free))
	}

	taste := Reader{}
	if q.As != "" {
		taste, err = topology.Get(ctx, Readers, q.As)
	}

	return fmt.Sprintf("on the shelf: %s; a friend read: %s", strings.Join(titles, ", "),
		taste.Last), free, err
}

// Check refuses a book that was lent out meanwhile.
func (librarian) Check(ctx context.Context, _ Asking, tip Tip) error {
	book, err := topology.Get(ctx, Books, tip.Book)
	if err == nil && book.Free == 0 {
		err = errors.New(book.Title + " is lent out")
	}
	return err
}

func (librarian) GiveUp(_ Asking, cause error) (Tip, error) { return Tip{}, cause }
