package verb

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/urfave/cli/v3"
)

const (
	brokers     = "BROKERS" // the category of the flags
	passwordEnv = "SLIPSTREAM_SASL_PASSWORD"
)

// BrokerFlags say where the brokers are, and who we are to them; [Connection] reads them. without says what a
// command does if none are named, such as "Required".
func BrokerFlags(without string) []cli.Flag {
	flag := func(name, env, usage string) *cli.StringFlag {
		return &cli.StringFlag{Name: name, Category: brokers, Usage: usage, Sources: cli.EnvVars(env)}
	}

	return []cli.Flag{
		&cli.StringSliceFlag{
			Name:     "brokers",
			Category: brokers,
			Usage:    "`HOST:PORT`, comma-separated. " + without,
			Sources:  cli.EnvVars("SLIPSTREAM_BROKERS"),
		},
		&cli.BoolFlag{
			Name:     "tls",
			Category: brokers,
			Usage:    "encrypt, and verify the brokers by the system's authorities",
			Sources:  cli.EnvVars("SLIPSTREAM_TLS"),
		},
		flag("tls-ca", "SLIPSTREAM_TLS_CA",
			"`FILE` of the authorities that vouch for the brokers (PEM); implies --tls"),
		flag("tls-cert", "SLIPSTREAM_TLS_CERT", "`FILE` of our certificate (PEM); implies --tls"),
		flag("tls-key", "SLIPSTREAM_TLS_KEY", "`FILE` of its key (PEM)"),
		flag("sasl-mechanism", "SLIPSTREAM_SASL_MECHANISM",
			"`NAME`: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"),
		flag("sasl-user", "SLIPSTREAM_SASL_USER", "`NAME` to log in with"),
		flag("sasl-password-file", "SLIPSTREAM_SASL_PASSWORD_FILE",
			"`FILE` of the password or token, read for each connection. Defaults to what "+passwordEnv+" says"),
	}
}

// Connection is the part of a worker's or a client's config that [BrokerFlags] say.
func Connection(cmd *cli.Command) (c processors.Config, err error) {
	c.Brokers = cmd.StringSlice("brokers")
	if c.TLS, err = encryption(cmd); err != nil {
		return c, err
	}
	c.SASL, err = login(cmd)
	return c, err
}

func encryption(cmd *cli.Command) (*tls.Config, error) {
	ca, cert, key := cmd.String("tls-ca"), cmd.String("tls-cert"), cmd.String("tls-key")
	if !cmd.Bool("tls") && ca == "" && cert == "" && key == "" {
		return nil, nil
	}

	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, UsageError("--tls-ca: %w", err)
		}

		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, UsageError("--tls-ca: %s has no certificate in PEM", ca)
		}
	}

	switch {
	case cert == "" && key == "":
		return c, nil
	case cert == "" || key == "":
		return nil, UsageError("--tls-cert and --tls-key: one needs the other")
	}

	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, UsageError("--tls-cert, --tls-key: %w", err)
	}
	c.Certificates = []tls.Certificate{pair}

	return c, nil
}

func login(cmd *cli.Command) (*processors.SASL, error) {
	mechanism, user := cmd.String("sasl-mechanism"), cmd.String("sasl-user")
	file := cmd.String("sasl-password-file")
	switch {
	case mechanism == "" && user == "" && file == "":
		return nil, nil
	case mechanism == "":
		return nil, UsageError("--sasl-mechanism is missing")
	case file == "" && os.Getenv(passwordEnv) == "":
		return nil, UsageError("--sasl-password-file is missing, and %s is empty", passwordEnv)
	}
	read := func(context.Context) (string, error) { return secret(file) }

	return &processors.SASL{Mechanism: mechanism, User: user, Secret: read}, nil
}

// secret is read anew each time, so that it can be changed while we run. Errors never have it in their text.
func secret(file string) (string, error) {
	if file == "" {
		return os.Getenv(passwordEnv), nil
	}

	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--sasl-password-file: %w", err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}
