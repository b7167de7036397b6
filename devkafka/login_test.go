package devkafka_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"testing"

	"github.com/IBM/sarama"
	"github.com/xdg-go/scram"

	"github.com/slipstream-go/slipstream/devkafka"
)

func TestLogin(t *testing.T) {
	for _, mechanism := range []string{sarama.SASLTypePlaintext, sarama.SASLTypeSCRAMSHA256,
		sarama.SASLTypeSCRAMSHA512} {
		t.Run(mechanism, func(t *testing.T) {
			b := start(t, devkafka.Config{Users: []devkafka.User{{mechanism, "ann", "secret"}}})
			must(t, login(b, mechanism, "secret"))

			if err := login(b, mechanism, "guess"); err == nil { // kfake hangs up; a real broker tells the reason first
				t.Error("let in with a wrong password")
			}

			if err := connect(b, settings()); err == nil {
				t.Error("let in without a password")
			}
		})
	}
}

func login(b *devkafka.Broker, mechanism, password string) error {
	c := settings()
	c.Net.SASL.Enable = true
	c.Net.SASL.Mechanism = sarama.SASLMechanism(mechanism)
	c.Net.SASL.User, c.Net.SASL.Password = "ann", password
	c.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient {
		if mechanism == sarama.SASLTypeSCRAMSHA256 {
			return &client{hash: scram.SHA256}
		}
		return &client{hash: scram.SHA512}
	}

	return connect(b, c)
}

func connect(b *devkafka.Broker, c *sarama.Config) error {
	broker := sarama.NewBroker(b.Addr())
	if err := broker.Open(c); err != nil {
		return err
	}
	defer broker.Close()
	_, err := broker.GetMetadata(sarama.NewMetadataRequest(c.Version, nil))
	return err
}

// client is the SCRAM exchange that sarama leaves to its user.
type client struct {
	hash scram.HashGeneratorFcn
	*scram.ClientConversation
}

func (c *client) Begin(user, password, authz string) error {
	s, err := c.hash.NewClient(user, password, authz)
	if err == nil {
		c.ClientConversation = s.NewConversation()
	}
	return err
}

func TestTLS(t *testing.T) {
	cert := httptest.NewTLSServer(nil) // for its certificate of 127.0.0.1
	defer cert.Close()

	b := start(t, devkafka.Config{TLS: &tls.Config{Certificates: cert.TLS.Certificates}})
	c := settings()
	c.Net.TLS.Enable = true
	c.Net.TLS.Config = &tls.Config{RootCAs: x509.NewCertPool()}
	if err := connect(b, c); err == nil {
		t.Error("an unknown certificate was taken")
	}
	c.Net.TLS.Config.RootCAs.AddCert(cert.Certificate())
	must(t, connect(b, c))
}
