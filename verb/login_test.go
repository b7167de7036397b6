package verb_test

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/verb"
)

const passwordEnv = "SLIPSTREAM_SASL_PASSWORD"

// Secrets come by file or environment, the brokers' authority by file; and nothing prints the secret.
func TestLogin(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	server := httptest.NewUnstartedServer(nil) // for its certificate
	server.StartTLS()
	defer server.Close()
	const password = "hardly-a-secret"

	b, err := devkafka.Start(devkafka.Config{Users: []devkafka.User{{Mechanism: "SCRAM-SHA-512", Name: "app",
		Password: password}},
		TLS: &tls.Config{Certificates: server.TLS.Certificates}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()

	dir := t.TempDir()
	ca, secret := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "password")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
		Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	login := []string{"--brokers", b.Addr(), "--tls-ca", ca, "--sasl-mechanism", "SCRAM-SHA-512",
		"--sasl-user", "app"}
	worker := start(t, append([]string{"run", "--sasl-password-file", secret}, login...)...)
	worker.until("ready: ")

	t.Setenv(passwordEnv, password)
	succeed(t, "", append([]string{"send", "orders", "ann", `{"tea":1}`}, login...)...)
	t.Setenv(passwordEnv, "wrong-"+password)

	status, out, errs := run(t, "", append([]string{"tail", "--stop", "orders"}, login...)...)
	if status != verb.StatusFailed {
		t.Errorf("a wrong password: status %d: %s", status, errs)
	}

	if all := out + errs + worker.out.text() + worker.errs.text(); strings.Contains(all, password) {
		t.Errorf("a secret is printed:\n%s", all)
	}
}
