// Package payments is the payment desk: it owns the users' money.
//
// A row of Table is one user, with their balances and certificates, which change nowhere else. The
// reservation desk asks it who a user is, to take money, and to give money back. A certificate without a
// reservation is ordered here directly. Everything that a request asks for happens, or nothing does, and a
// repeated request changes nothing.
//
//	payment-requests, certificate-orders, customer-events ─▶ User ─▶ payment-replies, results
package payments
