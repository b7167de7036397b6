package waitlist

import (
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// waited is an update, and whether anybody waits for it.
type Update struct {
	vocab.Ruled[vocab.RouteUpdate]
	awaited bool
}

func Awaited(u vocab.Ruled[vocab.RouteUpdate], w Waitlist) Update { return Update{u, w.isConcerned(u)} }

func (u Update) IsAwaited() bool { return u.awaited }

func (w Waitlist) OnUpdate(u Update) (Waitlist, []vocab.Occasion) { return w.withUpdate(u.Ruled) }
