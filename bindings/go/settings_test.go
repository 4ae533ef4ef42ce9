package verijot_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/verijot/verijot/bindings/go"
	"github.com/verijot/verijot/bindings/go/verijottest"
)

const serviceAudience = "https://api.example"

// setAll sets variables, of which each other is unset.
func setAll(t *testing.T, values map[string]string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "VERIJOT_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	for name, value := range values {
		t.Setenv("VERIJOT_"+name, value)
	}
}

func fromEnvironment(t *testing.T, values map[string]string, options ...verijot.ClientOption) *verijot.Client {
	t.Helper()
	setAll(t, values)
	client, err := verijot.NewClientFromEnvironment(background, "VERIJOT_", options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestAClientFromIssuerAndAudience(t *testing.T) {
	issuer := verijottest.NewIssuer()
	defer issuer.Close()
	client := fromEnvironment(t, map[string]string{
		"ISSUER": issuer.URL, "AUDIENCE": "https://old.example " + serviceAudience,
	})
	token, err := client.Verify(background, issuer.Mint(serviceAudience, map[string]any{"sub": "alice"}))
	if err != nil || token.Subject() != "alice" {
		t.Fatal(token, err)
	}
	if _, err := client.Verify(background, issuer.Mint("https://other.example", nil)); !errors.Is(err, verijot.ErrWrongAudience) {
		t.Error(err)
	}
}

func TestEverySourceOfKeysInTheEnvironment(t *testing.T) {
	issuer := verijottest.NewIssuer()
	defer issuer.Close()
	raw := issuer.Mint(serviceAudience, map[string]any{"sub": "alice"})
	file := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(file, append(issuer.JWKS(), "\r\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	policy := `{"issuers": ["` + issuer.URL + `"], "audiences": ["` + serviceAudience + `"]}`
	for name, values := range map[string]map[string]string{
		"JWKS":           {"ISSUER": issuer.URL, "AUDIENCE": serviceAudience, "JWKS": string(issuer.JWKS())},
		"JWKS_FILE":      {"ISSUER": issuer.URL, "AUDIENCE": serviceAudience, "JWKS_FILE": file},
		"JWKS_URL":       {"ISSUER": issuer.URL, "AUDIENCE": serviceAudience, "JWKS_URL": issuer.URL + "/keys", "ALLOWED_HOSTS": "127.0.0.1 localhost"},
		"POLICY":         {"POLICY": policy},
		"POLICY and JWK": {"POLICY": policy, "JWKS": string(issuer.JWKS()), "KEY_PURPOSES": "sig"},
		"limits":         {"ISSUER": issuer.URL, "AUDIENCE": serviceAudience, "MAX_JWKS_OCTETS": "100000", "MAX_JWKS_KEYS": "3", "LEEWAY": "5"},
		"limits of 33 bits": {
			"ISSUER": issuer.URL, "AUDIENCE": serviceAudience,
			"MAX_JWKS_OCTETS": "4294967296", "MAX_JWKS_KEYS": "4294967296", "MAX_TOKEN_OCTETS": "4294967296",
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := fromEnvironment(t, values)
			if token, err := client.Verify(background, raw); err != nil || token.Subject() != "alice" {
				t.Error(token, err)
			}
		})
	}
	t.Run("limits of fetched keys", func(t *testing.T) {
		client := fromEnvironment(t, map[string]string{"ISSUER": issuer.URL, "AUDIENCE": serviceAudience, "MAX_JWKS_OCTETS": "10"})
		if _, err := client.Verify(background, raw); !errors.Is(err, verijot.ErrKeysUnavailable) {
			t.Error(err)
		}
	})
	t.Run("SECRET", func(t *testing.T) {
		client := fromEnvironment(t, map[string]string{
			"ISSUER": "any-issuer", "AUDIENCE": "any-audience", "SECRET": "a secret for tests, 32 octets ok", "ALGORITHMS": "HS256",
		})
		if _, err := client.Verify(background, raw); !errors.Is(err, verijot.ErrAlgorithmNotAllowed) {
			t.Error(err)
		}
	})
	t.Run("PUBLIC_KEY", func(t *testing.T) {
		pem, err := os.ReadFile("../../core/tests/keys/ec-p-256.pem")
		if err != nil {
			t.Fatal(err)
		}
		client := fromEnvironment(t, map[string]string{
			"ISSUER": issuer.URL, "AUDIENCE": serviceAudience, "PUBLIC_KEY": string(pem), "ALGORITHMS": "ES256",
		})
		if _, err := client.Verify(background, raw); !errors.Is(err, verijot.ErrInvalidSignature) && !errors.Is(err, verijot.ErrAlgorithmNotAllowed) {
			t.Error(err)
		}
	})
	t.Run("PROVIDER", func(t *testing.T) {
		client := fromEnvironment(t, map[string]string{"PROVIDER": "cognito:eu-west-1_AbCdEf123", "AUDIENCE": "web"})
		if _, err := client.Verify(background, "a.b.c"); err == nil {
			t.Error("a token of nobody was accepted")
		}
	})
}

func TestSettingsThatCannotBeUsedAreNamedWithoutTheirValues(t *testing.T) {
	const hidden = "value-that-must-not-be-shown"
	folder := t.TempDir()
	large := filepath.Join(folder, "large")
	if err := os.WriteFile(large, make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, one := range map[string]struct {
		values map[string]string
		fault  []string
	}{
		"missing":       {nil, []string{"ISSUER"}},
		"empty":         {map[string]string{"ISSUER": "https://issuer.example", "AUDIENCE": " "}, []string{"AUDIENCE"}},
		"two sources":   {map[string]string{"JWKS": hidden, "SECRET": hidden}, []string{"SECRET", "JWKS"}},
		"twice":         {map[string]string{"SECRET": hidden, "SECRET_FILE": hidden}, []string{"SECRET", "SECRET_FILE"}},
		"no file":       {map[string]string{"SECRET_FILE": filepath.Join(folder, hidden)}, []string{"SECRET_FILE"}},
		"a folder":      {map[string]string{"SECRET_FILE": folder}, []string{"SECRET_FILE"}},
		"a large file":  {map[string]string{"SECRET_FILE": large}, []string{"SECRET_FILE"}},
		"not Unicode":   {map[string]string{"ISSUER": "\xff" + hidden}, []string{"ISSUER"}},
		"no key set":    {map[string]string{"ISSUER": "https://issuer.example", "AUDIENCE": "a", "JWKS": hidden}, []string{"JWKS"}},
		"an unsafe URL": {map[string]string{"ISSUER": "https://issuer.example", "AUDIENCE": "a", "JWKS_URL": "http://" + hidden}, []string{"JWKS_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			setAll(t, one.values)
			_, err := verijot.NewClientFromEnvironment(background, "VERIJOT_")
			var unusable *verijot.SetupError
			if !errors.As(err, &unusable) || unusable.Code != verijot.ErrInvalidSettings {
				t.Fatal(err)
			}
			var fault []string
			for _, setting := range unusable.Settings {
				fault = append(fault, strings.TrimPrefix(setting, "VERIJOT_"))
			}
			if !slices.Equal(fault, one.fault) || strings.Contains(err.Error(), hidden) ||
				!strings.HasPrefix(unusable.Message, strings.Join(unusable.Settings, ", ")+": ") {
				t.Error(unusable.Settings, err)
			}
		})
	}
}

func TestOptionsThatTheSettingsDecideAreErrors(t *testing.T) {
	setAll(t, map[string]string{"ISSUER": "https://issuer.example", "AUDIENCE": serviceAudience})
	for name, option := range map[string]verijot.ClientOption{
		"leeway":  verijot.WithLeeway(5),
		"hosts":   verijot.WithAllowedHosts("keys.example"),
		"purpose": verijot.WithPurposes("sig"),
	} {
		if _, err := verijot.NewClientFromEnvironment(background, "VERIJOT_", option); err == nil {
			t.Error(name, "was taken beside the settings")
		}
	}
	t.Setenv("NOTES_ISSUER", "https://issuer.example")
	t.Setenv("NOTES_AUDIENCE", serviceAudience)
	client, err := verijot.NewClientFromEnvironment(background, "NOTES_", verijot.WithDiscoveryOnly())
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
}
