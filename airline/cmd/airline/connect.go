package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/slipstream-go/slipstream/internal/discover"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/urfave/cli/v3"
)

const (
	connectionFlags = "BROKERS"
	passwordEnv     = "SLIPSTREAM_SASL_PASSWORD"
)

// brokerFlags say where the brokers are, and who we are to them.
func brokerFlags(otherwise string) []cli.Flag {
	flag := func(name, env, usage string) *cli.StringFlag {
		return &cli.StringFlag{Name: name, Category: connectionFlags, Usage: usage, Sources: cli.EnvVars(env)}
	}
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "brokers", Category: connectionFlags, Usage: "`HOST:PORT`, comma-separated. Defaults to " + otherwise, Sources: cli.EnvVars("SLIPSTREAM_BROKERS")},
		&cli.BoolFlag{Name: "tls", Category: connectionFlags, Usage: "encrypt, and verify the brokers by the system's authorities", Sources: cli.EnvVars("SLIPSTREAM_TLS")},
		flag("tls-ca", "SLIPSTREAM_TLS_CA", "`FILE` of the authorities that vouch for the brokers (PEM); implies --tls"),
		flag("tls-cert", "SLIPSTREAM_TLS_CERT", "`FILE` of our certificate (PEM); implies --tls"),
		flag("tls-key", "SLIPSTREAM_TLS_KEY", "`FILE` of its key (PEM)"),
		flag("sasl-mechanism", "SLIPSTREAM_SASL_MECHANISM", "`NAME`: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"),
		flag("sasl-user", "SLIPSTREAM_SASL_USER", "`NAME` to log in with"),
		flag("sasl-password-file", "SLIPSTREAM_SASL_PASSWORD_FILE", "`FILE` of the password or token, read for each connection. Defaults to what "+passwordEnv+" says"),
	}
}

// connection is the part of a config that the broker flags say.
func connection(cmd *cli.Command) (c processors.Config, err error) {
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
			return nil, wrong("--tls-ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, wrong("--tls-ca: %s has no certificate in PEM", ca)
		}
	}
	switch {
	case cert == "" && key == "":
		return c, nil
	case cert == "" || key == "":
		return nil, wrong("--tls-cert and --tls-key: one needs the other")
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, wrong("--tls-cert, --tls-key: %w", err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

func login(cmd *cli.Command) (*processors.SASL, error) {
	mechanism, user, file := cmd.String("sasl-mechanism"), cmd.String("sasl-user"), cmd.String("sasl-password-file")
	switch {
	case mechanism == "" && user == "" && file == "":
		return nil, nil
	case mechanism == "":
		return nil, wrong("--sasl-mechanism is missing")
	case file == "" && os.Getenv(passwordEnv) == "":
		return nil, wrong("--sasl-password-file is missing, and %s is empty", passwordEnv)
	}
	return &processors.SASL{Mechanism: mechanism, User: user, Secret: func(context.Context) (string, error) { return secret(file) }}, nil
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

// atFlag picks one of several running processes.
func atFlag() cli.Flag {
	return &cli.StringFlag{Name: "at", Category: connectionFlags, Usage: "`PROCESS` to ask, of several that run: its id or the address of its queries. Defaults to the newest"}
}

// dial connects to the brokers that the flags name, else to those of a running process.
func dial(cmd *cli.Command) (*processors.Client, error) {
	c, err := connection(cmd)
	if err != nil {
		return nil, err
	}
	if len(c.Brokers) == 0 {
		p, err := find(cmd.String("at"), func(p discover.Process) bool { return len(p.Brokers) > 0 })
		if err != nil {
			return nil, fmt.Errorf("%w, or name --brokers", err)
		}
		c.Brokers = p.Brokers
	}
	return processors.Dial(c)
}

// find returns the newest running process that has what is needed, or the one that at says.
func find(at string, fits func(discover.Process) bool) (discover.Process, error) {
	all, err := discover.Running()
	if err != nil {
		return discover.Process{}, err
	}
	var others []string
	for _, p := range all {
		chosen := at == "" || at == fmt.Sprint(p.PID) || at == p.HTTP
		if chosen && fits(p) {
			return p, nil
		}
		others = append(others, "\n  "+p.String())
	}
	if len(others) > 0 {
		return discover.Process{}, fmt.Errorf("of the processes that run, none is the one asked for: pick one by --at%s\nStart one with `slipstream demo --stay`", strings.Join(others, ""))
	}
	return discover.Process{}, errors.New("nothing is running: start `slipstream demo` in another terminal")
}
