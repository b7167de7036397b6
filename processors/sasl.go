package processors

import (
	"context"
	"fmt"
	"time"

	"github.com/IBM/sarama"
	"github.com/xdg-go/scram"
)

var scramOf = map[string]scram.HashGeneratorFcn{
	sarama.SASLTypeSCRAMSHA256: scram.SHA256,
	sarama.SASLTypeSCRAMSHA512: scram.SHA512,
}

// security sets TLS and SASL.
func (c Config) security(s *sarama.Config) {
	if c.TLS != nil {
		s.Net.TLS.Enable, s.Net.TLS.Config = true, c.TLS
	}

	if c.SASL == nil {
		return
	}

	s.Net.SASL.Enable = true
	s.Net.SASL.Mechanism = sarama.SASLMechanism(c.SASL.Mechanism)
	s.Net.SASL.User = c.SASL.User
	s.Net.SASL.Password = unused // sarama wants one, and hands it to the clients below, which fetch the real one
	s.Net.SASL.TokenProvider = bearer{c.SASL}

	if hash := scramOf[c.SASL.Mechanism]; hash != nil {
		s.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient {
			return &scramClient{sasl: c.SASL, hash: hash}
		}
	}

	if c.SASL.Mechanism == sarama.SASLTypePlaintext { // sarama has no hook for it, so the secret is fetched here
		s.Net.SASL.Password = ""
		if secret, err := c.SASL.secret(); err == nil {
			s.Net.SASL.Password = secret
		}
	}
}

// fetchable returns why a secret can't be fetched. Brokers would only say that it is wrong.
func (s *SASL) fetchable() error {
	if s == nil {
		return nil
	}
	_, err := s.secret()
	return err
}

// unused is a password that is never sent.
const unused = "fetched for each connection"

// secret fetches the secret. A panic of the user's function is an error: sarama's goroutines call it.
func (s *SASL) secret() (secret string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("processors: SASL.Secret of user %q: panic: %v", s.User, p)
		}
	}()

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	secret, err = s.Secret(ctx)
	if err != nil {
		return "", fmt.Errorf("processors: SASL.Secret of user %q: %w", s.User, err)
	}
	return secret, nil
}

// bearer is sarama's hook for OAUTHBEARER.
type bearer struct{ sasl *SASL }

func (t bearer) Token() (*sarama.AccessToken, error) {
	secret, err := t.sasl.secret()
	return &sarama.AccessToken{Token: secret}, err
}

// scramClient is sarama's hook for SCRAM: one exchange.
type scramClient struct {
	sasl *SASL
	hash scram.HashGeneratorFcn
	conv *scram.ClientConversation // set by Begin
}

func (s *scramClient) Begin(user, _, authzID string) error {
	secret, err := s.sasl.secret()
	if err != nil {
		return err
	}

	client, err := s.hash.NewClient(user, secret, authzID)
	if err != nil {
		return fmt.Errorf("processors: SASL of user %q: %w", user, err)
	}
	s.conv = client.NewConversation()

	return nil
}

func (s *scramClient) Step(challenge string) (string, error) { return s.conv.Step(challenge) }
func (s *scramClient) Done() bool                            { return s.conv.Done() }
