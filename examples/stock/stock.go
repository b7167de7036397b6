// Command stock sells what is on the shelf, and never twice: only a product's own row grants, and a refusal goes back to
// the customer, who takes the next best. Two tables that talk by events, and no model.
package main

import (
	"github.com/slipstream-go/slipstream"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/topology"
)

const (
	Deliveries   topology.Topic[ProductID, int]         = "deliveries"
	Wishes       topology.Topic[CustomerID, Wish]       = "wishes"
	Reservations topology.Topic[ProductID, Reservation] = "reservations"
	Replies      topology.Topic[CustomerID, Reply]      = "replies"
	Shelves      topology.Table[ProductID, Shelf]       = "shelves"
	Baskets      topology.Table[CustomerID, Basket]     = "baskets"
)

// stock closes its cycle by reading a topic that it writes: Wishes.
func stock() *topology.Topology {
	t := topology.New("stock")
	topology.Fold(Shelves, topology.From(t, Deliveries), Shelf.Fill)

	// A wish becomes a reservation, with the product as its key, so that it meets the product's row.
	asked := topology.Rekey(topology.From(t, Wishes).Filter(Wish.Any), Reservations, Wish.Reserve)
	replies := topology.Apply(Shelves, topology.Events(asked), Shelf.Grant)

	// The reply becomes the customer's again. What is left to wish for goes round once more.
	heard := topology.Rekey(replies, Replies, Reply.Address)
	topology.Apply(Baskets, heard, Basket.Take).To(Wishes)

	return t
}

// Events and rows.
type (
	CustomerID string
	ProductID  string
	Wish       struct {
		Products []ProductID `json:"products"` // the best first
	}
	Reservation struct {
		Customer CustomerID  `json:"customer"`
		Else     []ProductID `json:"else,omitempty"`
	}
	Reply struct {
		Customer CustomerID  `json:"customer"`
		Product  ProductID   `json:"product"`
		Granted  bool        `json:"granted"`
		Else     []ProductID `json:"else,omitempty"`
	}
	Shelf struct {
		Left int `json:"left"`
		Sold int `json:"sold"`
	}
	Basket struct {
		Product ProductID `json:"product,omitempty"`
		Refused int       `json:"refused,omitempty"`
	}
)

// Any reports whether there is anything to wish for.
func (w Wish) Any() bool { return len(w.Products) > 0 }

// Reserve asks the first product for itself.
func (w Wish) Reserve(c CustomerID) (ProductID, Reservation) {
	return w.Products[0], Reservation{c, w.Products[1:]}
}

// Address sends a reply to its customer.
func (r Reply) Address(ProductID) (CustomerID, Reply) { return r.Customer, r }

// Fill puts a delivery on the shelf.
func (s Shelf) Fill(n int) Shelf { s.Left += n; return s }

// Grant sells one if there is one.
func (s Shelf) Grant(e topology.Event[ProductID, Reservation]) (Shelf, []Reply) {
	granted := s.Left > 0
	if granted {
		s.Left--
		s.Sold++
	}
	return s, []Reply{{e.Value.Customer, e.Key, granted, e.Value.Else}}
}

// Take keeps what was granted; what was not is wished for elsewhere.
func (b Basket) Take(r Reply) (Basket, []Wish) {
	if r.Granted {
		b.Product = r.Product
		return b, nil
	}

	b.Refused++
	return b, []Wish{{r.Else}}
}

func main() {
	slipstream.Main(stock(), devkafka.Verb)
}
