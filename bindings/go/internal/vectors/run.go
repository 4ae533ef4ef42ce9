package vectors

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/verijot/verijot/bindings/go"
)

// Lacking are the words of requires that Go cannot do.
var Lacking []string

// Run runs a case and says what is wrong. A case that requires what Go lacks counts as skipped, but must show
// that the key is skipped as unsupported_algorithm, and that its token is neither accepted nor
// invalid_signature.
func (c Case) Run() (isSkipped bool, problem string) {
	got, problem := c.verdict()
	if problem != "" {
		return false, problem
	}
	if slices.ContainsFunc(c.Requires, func(word string) bool { return slices.Contains(Lacking, word) }) {
		return true, got.lacking()
	}
	return false, c.compare(got)
}

// verdict is what became of a case.
type verdict struct {
	code    verijot.Code
	claim   string
	message string
	payload []byte
	checked []byte
	kid     string
	alg     string
	skipped []verijot.SkippedKey
	hasKeys bool
}

func (v verdict) lacking() string {
	isUnsupported := func(key verijot.SkippedKey) bool { return key.Reason == verijot.ErrUnsupportedAlgorithm }
	switch {
	case v.code == "":
		return "Go lacks what the case requires, but accepts its token"
	case v.code == verijot.ErrInvalidSignature || !slices.ContainsFunc(v.skipped, isUnsupported):
		return fmt.Sprintf("expected a skipped key, got %s, %v", v.code, v.skipped)
	}
	return ""
}

func (c Case) compare(got verdict) string {
	if c.SkippedKeys != nil && got.hasKeys {
		if len(*c.SkippedKeys) != len(got.skipped) {
			return fmt.Sprintf("expected skipped keys %v, got %v", *c.SkippedKeys, got.skipped)
		}
		for place, expected := range *c.SkippedKeys {
			key := got.skipped[place]
			if key.Index != expected.Index || string(key.Reason) != expected.Reason ||
				(expected.KeyID != nil && *expected.KeyID != key.ID) {
				return fmt.Sprintf("expected skipped keys %v, got %v", *c.SkippedKeys, got.skipped)
			}
		}
	}
	expected := c.Expect
	if expected.Valid == nil {
		if got.code == "" {
			return "expected " + expected.Error + ", got valid"
		}
		isOther := expected.Error != "any" && expected.Error != string(got.code)
		if isOther || (expected.Claim != nil && *expected.Claim != got.claim) {
			return fmt.Sprintf("expected %s, got %s (%s): %s", expected.Error, got.code, got.claim, got.message)
		}
		return ""
	}
	if got.code != "" {
		return fmt.Sprintf("expected valid, got %s: %s", got.code, got.message)
	}
	wanted := []byte(nil)
	if text := expected.Valid.Payload; text != nil {
		wanted = []byte(*text)
	}
	if text := expected.Valid.PayloadBase64URL; text != nil {
		octets, err := base64.RawURLEncoding.DecodeString(*text)
		if err != nil {
			return err.Error()
		}
		wanted = octets
	}
	switch {
	case expected.Valid.KeyID != nil && *expected.Valid.KeyID != got.kid:
		return fmt.Sprintf("expected kid %q, got %q", *expected.Valid.KeyID, got.kid)
	case expected.Valid.Algorithm != nil && *expected.Valid.Algorithm != got.alg:
		return fmt.Sprintf("expected alg %q, got %q", *expected.Valid.Algorithm, got.alg)
	case wanted != nil && !bytes.Equal(wanted, got.payload):
		return fmt.Sprintf("expected payload %q, got %q", wanted, got.payload)
	}
	if expected.Valid.Checked != nil && !sameJSON(expected.Valid.Checked, got.checked) {
		return fmt.Sprintf("expected checked %s, got %s", expected.Valid.Checked, got.checked)
	}
	return ""
}

func sameJSON(one, other []byte) bool {
	var left, right any
	return json.Unmarshal(one, &left) == nil && json.Unmarshal(other, &right) == nil && reflect.DeepEqual(left, right)
}

// verdict reads the policy first, then the keys, then the token: the first that is wrong decides.
func (c Case) verdict() (got verdict, problem string) {
	err := c.judge(&got)
	var refused *verijot.Error
	var unusable *verijot.SetupError
	switch {
	case err == nil:
	case errors.As(err, &refused):
		got.code, got.claim, got.message = refused.Code, refused.Claim, refused.Message
	case errors.As(err, &unusable):
		got.code, got.message = unusable.Code, unusable.Message
	default:
		return got, "cannot be run: " + err.Error()
	}
	return got, ""
}

func (c Case) judge(got *verdict) error {
	switch {
	case c.ALB != nil:
		return c.judgeALB(got)
	case c.Profile != nil:
		return c.judgeProfile(got)
	}
	var policy map[string]json.RawMessage
	if err := json.Unmarshal(c.Policy, &policy); err != nil {
		return err
	}
	var options []verijot.VerifierOption
	revocation, hasRevocation := policy["revocation"]
	tenants, hasTenants := policy["known_tenants"]
	document := []byte(c.Policy)
	if hasRevocation || hasTenants {
		delete(policy, "revocation")
		delete(policy, "known_tenants")
		document, _ = json.Marshal(policy)
	}
	if hasRevocation {
		options = append(options, verijot.WithRevocations(revocations(strings.Trim(string(revocation), `"`))))
	}
	if hasTenants {
		var known []string
		if err := json.Unmarshal(tenants, &known); err != nil {
			return err
		}
		options = append(options, verijot.WithKnownTenants(func(_ context.Context, tenant string) (bool, error) {
			return slices.Contains(known, tenant), nil
		}))
	}
	verifier, err := verijot.NewVerifierFromPolicy(document, options...)
	if err != nil {
		return err
	}
	defer verifier.Close()
	keys, err := c.keys(policy)
	if err != nil {
		return err
	}
	if keys != nil {
		defer keys.Close()
		got.skipped, got.hasKeys = keys.Skipped(), true
	}
	token, err := c.token()
	if err != nil {
		return err
	}
	now, err := c.now()
	if err != nil {
		return err
	}
	if keys == nil {
		return withoutKeys(verifier, token, now)
	}
	if c.Mode == "jws" {
		jws, err := verifier.VerifyJWS(token, keys)
		if err == nil {
			got.payload, got.kid, got.alg = jws.Payload(), jws.KeyID(), jws.Algorithm()
		}
		got.skipped = keys.Skipped()
		return err
	}
	explanation, err := verifier.ExplainAt(token, keys, now)
	if err != nil {
		return err
	}
	accepted, refused := verifier.VerifyAt(context.Background(), token, keys, now)
	got.skipped = keys.Skipped()
	if !hasRevocation && !hasTenants && fmt.Sprint(refused) != fmt.Sprint(explanation.Err) {
		return fmt.Errorf("explain and verify differ: %v, %v", explanation.Err, refused)
	}
	if refused != nil {
		return refused
	}
	got.payload, got.kid, got.alg = accepted.Payload(), accepted.KeyID(), accepted.Algorithm()
	return checkRegistered(accepted)
}

// checkRegistered compares the registered claims with the payload's.
func checkRegistered(token *verijot.Token) error {
	var claims map[string]json.RawMessage
	if err := token.Claims(&claims); err != nil {
		return err
	}
	for name, got := range map[string]string{"iss": token.Issuer(), "sub": token.Subject(), "jti": token.ID()} {
		var text string
		if json.Unmarshal(claims[name], &text) == nil && text != got {
			return fmt.Errorf("%s: expected %q, got %q", name, text, got)
		}
	}
	for name, got := range map[string]time.Time{
		"exp": token.ExpiresAt(), "nbf": token.NotBefore(), "iat": token.IssuedAt(),
	} {
		var number float64
		isNumber := json.Unmarshal(claims[name], &number) == nil
		if isNumber == got.IsZero() || (isNumber && number < 1e12 && got.Unix() != int64(number)) {
			return fmt.Errorf("%s: expected %s, got %v", name, claims[name], got)
		}
	}
	return nil
}

// withoutKeys is what needs no keys: judged before keys are missed.
func withoutKeys(verifier *verijot.Verifier, token string, now time.Time) error {
	empty, err := verijot.ParseJWKS([]byte(`{"keys":[]}`))
	if err != nil {
		return err
	}
	defer empty.Close()
	explanation, err := verifier.ExplainAt(token, empty, now)
	if err != nil {
		return err
	}
	for _, step := range explanation.Steps[:4] {
		if step.Outcome == "failed" {
			return explanation.Err
		}
	}
	return &verijot.Error{Code: verijot.ErrKeysUnavailable}
}

func (c Case) keys(policy map[string]json.RawMessage) (*verijot.JWKSet, error) {
	source := []byte(c.JWKS)
	if c.JWKSText != nil {
		source = []byte(*c.JWKSText)
	} else if string(source) == "null" {
		return nil, nil
	}
	var options []verijot.KeysOption
	isSingle := false
	for _, name := range c.JWKSOptions {
		switch name {
		case "padded_base64":
			options = append(options, verijot.ToleratePaddedBase64())
		case "short_coordinates":
			options = append(options, verijot.TolerateShortCoordinates())
		case "single_key":
			isSingle = true
		default:
			return nil, fmt.Errorf("unknown option %q", name)
		}
	}
	if string(policy["symmetric_keys"]) == "true" {
		options = append(options, verijot.AllowSymmetricKeys())
	}
	var limits struct {
		Octets *uint64 `json:"jwks_octets"`
		Keys   *uint64 `json:"jwks_keys"`
	}
	if text := policy["limits"]; text != nil {
		if err := json.Unmarshal(text, &limits); err != nil {
			return nil, err
		}
	}
	if limits.Octets != nil {
		options = append(options, verijot.MaxSetOctets(*limits.Octets))
	}
	if limits.Keys != nil {
		options = append(options, verijot.MaxSetKeys(*limits.Keys))
	}
	if c.Purposes != nil {
		options = append(options, verijot.ForPurposes(*c.Purposes...))
	}
	if c.Certificates != nil {
		return verijot.ParseCertificates(source, *c.Certificates, options...)
	}
	if isSingle {
		return verijot.ParseJWK(source, options...)
	}
	return verijot.ParseJWKS(source, options...)
}

func (c Case) token() (string, error) {
	switch {
	case c.Token != nil:
		return *c.Token, nil
	case c.TokenHex != nil:
		octets, err := hex.DecodeString(*c.TokenHex)
		return string(octets), err
	case c.TokenRepeat != nil:
		return c.TokenRepeat.Prefix + strings.Repeat(c.TokenRepeat.Unit, c.TokenRepeat.Times) + c.TokenRepeat.Suffix, nil
	}
	var values []string
	if string(c.Authorization) != "null" {
		values = make([]string, 1)
		if err := json.Unmarshal(c.Authorization, &values[0]); err != nil {
			return "", err
		}
	}
	guard, err := verijot.NewGuard()
	if err != nil {
		return "", err
	}
	token, _, err := guard.Token(values...)
	return token, err
}

// now gives the time of verification, to the nanosecond.
func (c Case) now() (time.Time, error) {
	if c.Now == nil {
		return time.Now(), nil
	}
	whole, fraction, _ := strings.Cut(*c.Now, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	nanoseconds, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	return time.Unix(seconds, nanoseconds), err
}

type revocations string

func (r revocations) Revoked(context.Context, *verijot.Token) (bool, error) {
	switch r {
	case "clear":
		return false, nil
	case "revoked":
		return true, nil
	case "unavailable":
		return false, errors.New("unavailable")
	}
	panic("unknown revocation " + string(r))
}

// A Report counts the cases of a run.
type Report struct {
	Passed, Failed, Skipped int
	Failures                []string
}

// RunFolder runs every case of a folder.
func RunFolder(folder string) (Report, error) {
	var report Report
	cases, err := Read(folder)
	if err != nil {
		return report, err
	}
	for _, one := range cases {
		isSkipped, problem := one.Run()
		switch {
		case problem != "":
			report.Failed++
			report.Failures = append(report.Failures, one.ID+": "+problem)
		case isSkipped:
			report.Skipped++
		default:
			report.Passed++
		}
	}
	return report, nil
}

// String gives the counts.
func (r Report) String() string {
	return fmt.Sprintf("%d cases: %d passed, %d failed, %d skipped",
		r.Passed+r.Failed+r.Skipped, r.Passed, r.Failed, r.Skipped)
}
