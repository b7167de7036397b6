package processors

import "testing"

// Two stages of one transactional id would fence each other for ever.
func TestTransactionalIDsAreUnique(t *testing.T) {
	owner := map[string]string{}
	for _, group := range []string{"shop.orders", "shop.orders-eu", "shop.orders-eu-1"} {
		for _, name := range []string{"1", "eu-1", "eu-1-1", "eu:1", "/1"} {
			r := &runner{group: group, w: &Worker{c: Config{Instance: name}}}
			id, who := r.transactional(), "group "+group+", instance "+name

			if other := owner[id]; other != "" {
				t.Errorf("%s and %s have the transactional id %s", other, who, id)
			}
			owner[id] = who
		}
	}
}
