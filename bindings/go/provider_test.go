package verijot_test

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/verijot/verijot/bindings/go"
)

// presetCase is an entry of testvectors/presets/presets.json.
type presetCase struct {
	Provider string
	Options  json.RawMessage
	Preset   json.RawMessage
	Error    *struct {
		Code   verijot.Code
		Member string
	}
}

func presetCases(t *testing.T) []presetCase {
	t.Helper()
	text, err := os.ReadFile("../../testvectors/presets/presets.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Presets []presetCase }
	if err := json.Unmarshal(text, &file); err != nil || len(file.Presets) == 0 {
		t.Fatal("no presets", err)
	}
	return file.Presets
}

func TestThePresetsOfTheVectors(t *testing.T) {
	refused := 0
	for _, one := range presetCases(t) {
		preset, err := verijot.Preset(one.Provider, one.Options)
		client, clientErr := verijot.NewClientForProvider(background, one.Provider, one.Options)
		if clientErr == nil {
			client.Close()
		}
		if one.Error != nil {
			refused++
			setupErrorAt(t, err, one.Error.Member)
			setupErrorAt(t, clientErr, one.Error.Member)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", one.Provider, err)
			continue
		}
		written, err := json.Marshal(preset)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(anyOf(t, written), anyOf(t, one.Preset)) {
			t.Errorf("%s: %s instead of %s", one.Provider, written, one.Preset)
		}
		source, isThere := preset.Keys.Source()
		if isThere != (preset.Keys.OfCaller == "") {
			t.Errorf("%s: a source of keys: %v", one.Provider, isThere)
		}
		switch {
		case preset.Policy == nil:
			setupErrorAt(t, clientErr, "provider")
		case !isThere:
			if !errors.Is(clientErr, verijot.ErrInvalidKeySource) {
				t.Errorf("%s: %v instead of %s", one.Provider, clientErr, verijot.ErrInvalidKeySource)
			}
		case clientErr != nil:
			t.Errorf("%s: %v", one.Provider, clientErr)
		}
		if err := makeVerifier(preset); err != nil {
			t.Errorf("%s: %v", one.Provider, err)
		}
		if isThere && preset.Policy == nil {
			verifier, err := verijot.NewVerifier(verijot.AnyIssuer, verijot.AnyAudience)
			if err != nil {
				t.Fatal(err)
			}
			keys, err := verijot.NewClientFor(background, source, verifier)
			if err != nil {
				t.Fatalf("%s: %v", one.Provider, err)
			}
			keys.Close()
		}
	}
	if refused == 0 {
		t.Error("no preset is refused")
	}
}

func makeVerifier(preset *verijot.ProviderPreset) error {
	var err error
	switch {
	case preset.Policy != nil:
		_, err = verijot.NewVerifierFromPolicy(preset.Policy)
	case preset.LoadBalancer != nil:
		_, err = verijot.NewALBVerifierFromSettings(preset.LoadBalancer, nil)
	case strings.Contains(string(preset.Profile), `"profile":"id-token"`):
		_, err = verijot.NewIDTokenVerifierFromSettings(preset.Profile)
	default:
		_, err = verijot.NewAccessTokenVerifierFromSettings(preset.Profile)
	}
	return err
}

func TestAClientForAProvider(t *testing.T) {
	issuer := issuerOf(t)
	const provider, iss = "kratos:accounts.example.com", "https://accounts.example.com"
	options := []byte(`{"jwks_url": "` + issuer.URL + `/keys", "policy": {"leeway": "5"}}`)
	client, err := verijot.NewClientForProvider(background, provider, options, verijot.WithTokenCache(10))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	token, err := client.Verify(background, issuer.Key().Mint(iss, audience, map[string]any{"sid": "1"}))
	if err != nil || token.Subject() != "user" {
		t.Fatal(token, err)
	}
	_, err = client.Verify(background, issuer.Key().Mint(iss, audience, map[string]any{"sid": ""}))
	if !errors.Is(err, verijot.ErrInvalidClaim) {
		t.Errorf("%v instead of %s", err, verijot.ErrInvalidClaim)
	}
	if _, err := client.Verify(background, issuer.Key().Mint(issuer.URL, audience, map[string]any{"sid": "1"})); err == nil {
		t.Error("another issuer")
	}
	if requests := issuer.Requests(); requests != 1 {
		t.Errorf("%d requests", requests)
	}
	for member, option := range map[string]verijot.ClientOption{
		"purposes":     verijot.WithPurposes("sig"),
		"certificates": verijot.WithCertificates("RS256"),
		"":             verijot.WithMaxAge(1),
	} {
		_, err := verijot.NewClientForProvider(background, provider, options, option)
		setupErrorAt(t, err, member)
	}
}

func anyOf(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
