package verijot

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// A ProviderPreset is what the tokens of a well-known provider must satisfy (core/guide/providers.md): the document
// of one verifier, JSON, and where the keys are. One of the three documents is there.
type ProviderPreset struct {
	// Policy is for [NewVerifierFromPolicy].
	Policy json.RawMessage `json:"policy,omitempty"`
	// Profile is for [NewIDTokenVerifierFromSettings] or [NewAccessTokenVerifierFromSettings], as it names its profile.
	Profile json.RawMessage `json:"profile,omitempty"`
	// LoadBalancer is for [NewALBVerifierFromSettings].
	LoadBalancer json.RawMessage `json:"load_balancer,omitempty"`
	// Keys is where the keys are.
	Keys ProviderKeys `json:"key_source"`
}

// ProviderKeys is where the keys of a provider's tokens are; one of Issuer, JWKSURL, CertificatesURL and OfCaller is
// there.
type ProviderKeys struct {
	// Issuer is the issuer, whose metadata says where the keys are.
	Issuer string `json:"issuer,omitempty"`
	// JWKSURL is the URL of a JWK Set.
	JWKSURL string `json:"jwks_url,omitempty"`
	// CertificatesURL is the URL of certificates or keys in PEM by kid; of one of them if it contains {kid}.
	CertificatesURL string `json:"certificates_url,omitempty"`
	// Algorithms are those of the keys at CertificatesURL.
	Algorithms []string `json:"algorithms,omitempty"`
	// OfCaller is what the caller has the keys in.
	OfCaller string `json:"of_caller,omitempty"`
	// Purposes are the only values that the use of a key may have; without any it is missing or sig.
	Purposes []string `json:"purposes,omitempty"`
}

// Preset makes the document of a verifier for the tokens of a well-known provider, such as
// cognito:eu-west-1_AbCdEf123, with the preset's options as a JSON object: {"client_ids": ["web"]}. The error is a
// [*SetupError] for an unknown provider or option, and where what the provider says must be checked is not named;
// its Member is the option, or provider.
func Preset(provider string, options []byte) (*ProviderPreset, error) {
	instance := module.Current()
	var preset ProviderPreset
	var problem error
	err := instance.Do(func() {
		places := instance.Octets([]byte(provider), options)
		status := instance.Xverijot_preset(places[0].Address, places[0].Length, places[1].Address, places[1].Length)
		if module.Status(status) != module.Done {
			problem = setupErrorOf(instance.AnswerView())
			return
		}
		// Copies what it keeps.
		problem = json.Unmarshal(instance.AnswerView(), &preset)
	})
	if err == nil {
		err = problem
	}
	if err != nil {
		return nil, err
	}
	return &preset, nil
}

// Source gives the keys of a client, such as one for the tokens of a profile; false if the caller has them.
func (k ProviderKeys) Source() (KeySource, bool) {
	var options module.Options
	switch {
	case k.Issuer != "":
		options.Text("issuer", k.Issuer)
	case k.JWKSURL != "":
		options.Text("url", k.JWKSURL)
	case k.CertificatesURL != "":
		options.Text("url", k.CertificatesURL)
		for _, algorithm := range k.Algorithms {
			options.Text("certificates", algorithm)
		}
	default:
		return KeySource{}, false
	}
	for _, purpose := range k.Purposes {
		options.Text("purposes", purpose)
	}
	// Clients that share it append to it.
	return KeySource{options: slices.Clip(options)}, true
}

// NewClientForProvider makes a client for the tokens of a well-known provider, by its [Preset]. ID tokens and those
// of load balancers have verifiers of their own, to which the preset's document is given. Options that are members
// of a policy are errors: they stand in the preset's option policy. The context is that of [NewClient].
func NewClientForProvider(ctx context.Context, provider string, presetOptions []byte, options ...ClientOption) (*Client, error) {
	settings := clientSettings{}
	for _, option := range options {
		option.applyToClient(&settings)
	}
	var given []string
	for index := 0; index < len(settings.issuer); index += 2 {
		given = append(given, settings.issuer[index])
	}
	var client struct {
		Policy        json.RawMessage `json:"policy"`
		IssuerOptions module.Options  `json:"issuer_options"`
	}
	instance := module.Current()
	var problem error
	err := instance.Do(func() {
		places := instance.Octets([]byte(provider), presetOptions, module.Entries(given...))
		status := instance.Xverijot_preset_client(places[0].Address, places[0].Length,
			places[1].Address, places[1].Length, places[2].Address, places[2].Length)
		if module.Status(status) != module.Done {
			problem = setupErrorOf(instance.AnswerView())
			return
		}
		// Copies what it keeps.
		problem = json.Unmarshal(instance.AnswerView(), &client)
	})
	if err == nil {
		err = problem
	}
	if err != nil {
		return nil, err
	}
	if err := contradiction(settings.issuer); err != nil {
		return nil, err
	}
	settings.verifier.policy.document = client.Policy
	verifier, err := newVerifier(&settings.verifier)
	if err != nil {
		return nil, err
	}
	return newClient(ctx, KeySource{options: client.IssuerOptions}, verifier, &settings)
}
