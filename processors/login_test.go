package processors_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
)

// Every client of a worker logs in: groups, producers, recovery, copies.
func TestLogin(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			cert := httptest.NewUnstartedServer(nil)
			cert.StartTLS() // for its certificate
			defer cert.Close()

			b, err := devkafka.Start(devkafka.Config{Users: []devkafka.User{{Mechanism: mechanism,
				Name: "ann", Password: "secret"}}, TLS: cert.TLS})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = b.Close() })
			roots := x509.NewCertPool()
			roots.AddCert(cert.Certificate())
			var fetched atomic.Int64
			c := processors.Config{Brokers: []string{b.Addr()},
				TLS: &tls.Config{RootCAs: roots, ServerName: "example.com"},
				SASL: &processors.SASL{Mechanism: mechanism, User: "ann",
					Secret: func(context.Context) (string, error) { fetched.Add(1); return "secret", nil }}}
			run(t, c, counter(nil))

			if fetched.Load() == 0 {
				t.Error("nobody asked for the secret")
			}

			c.Logger, c.SASL = quiet, &processors.SASL{Mechanism: mechanism, User: "ann",
				Secret: func(context.Context) (string, error) { return "", errors.New("vault is sealed") }}
			if _, err := processors.Dial(c); err == nil || !strings.Contains(err.Error(), "vault is sealed") {
				t.Errorf("a secret that can't be had: %v", err)
			}

			c.SASL.Secret = func(context.Context) (string, error) { return "guess", nil }
			if k, err := processors.Dial(c); err == nil {
				_ = k.Close()
				t.Error("let in with a wrong password")
			}
		})
	}
}
