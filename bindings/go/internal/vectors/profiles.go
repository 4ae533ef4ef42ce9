package vectors

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/verijot/verijot/bindings/go"
)

// accepted is what a verifier of one kind of token reports.
type accepted struct {
	token   *verijot.Token
	checked []byte
}

type verify func() (*accepted, error)

// judgeProfile runs a case of a verifier for one kind of token.
func (c Case) judgeProfile(got *verdict) error {
	var settings map[string]json.RawMessage
	if err := json.Unmarshal(c.Profile, &settings); err != nil {
		return err
	}
	now, err := c.now()
	if err != nil {
		return err
	}
	clock := verijot.WithClock(func() time.Time { return now })
	var keys *verijot.JWKSet
	var token string
	var verify verify
	var explain func() (*verijot.Explanation, error)
	ctx := context.Background()
	switch string(settings["profile"]) {
	case `"access-token"`:
		verifier, err := verijot.NewAccessTokenVerifierFromSettings(c.Profile, clock)
		if err != nil {
			return err
		}
		stepUp := c.stepUp()
		verify = func() (*accepted, error) {
			found, err := verifier.Verify(ctx, token, keys, stepUp)
			if err != nil {
				return nil, err
			}
			return &accepted{found.Token(), found.Checked()}, nil
		}
		explain = func() (*verijot.Explanation, error) { return verifier.Explain(token, keys, stepUp) }
	case `"logout-token"`:
		verifier, err := verijot.NewLogoutTokenVerifierFromSettings(c.Profile, clock)
		if err != nil {
			return err
		}
		window, err := c.window()
		if err != nil {
			return err
		}
		verify = func() (*accepted, error) {
			found, err := verifier.Verify(ctx, token, keys, window)
			if err != nil {
				return nil, err
			}
			return &accepted{found.Token(), found.Checked()}, nil
		}
		explain = func() (*verijot.Explanation, error) { return verifier.Explain(token, keys) }
	case `"security-event"`:
		verifier, err := verijot.NewSecurityEventVerifierFromSettings(c.Profile, clock)
		if err != nil {
			return err
		}
		window, err := c.window()
		if err != nil {
			return err
		}
		verify = func() (*accepted, error) {
			found, err := verifier.Verify(ctx, token, keys, window)
			if err != nil {
				return nil, err
			}
			return &accepted{found.Token(), found.Checked()}, nil
		}
		explain = func() (*verijot.Explanation, error) { return verifier.Explain(token, keys) }
	default:
		// Every verifier refuses a profile that there is not.
		verifier, err := verijot.NewIDTokenVerifierFromSettings(c.Profile, clock)
		if err != nil {
			return err
		}
		login := c.login()
		verify = func() (*accepted, error) {
			found, err := verifier.Verify(ctx, token, keys, login)
			if err != nil {
				return nil, err
			}
			return &accepted{found.Token(), found.Checked()}, nil
		}
		explain = func() (*verijot.Explanation, error) { return verifier.Explain(token, keys, login) }
	}
	if keys, err = c.keys(settings); err != nil {
		return err
	}
	if keys == nil {
		return errors.New("a profile without keys")
	}
	defer keys.Close()
	got.skipped, got.hasKeys = keys.Skipped(), true
	if token, err = c.token(); err != nil {
		return err
	}
	explanation, err := explain()
	if err != nil {
		return err
	}
	if c.ReplayWindow == "has_token" {
		if _, err := verify(); err != nil {
			return err
		}
	}
	found, refused := verify()
	got.skipped = keys.Skipped()
	if c.ReplayWindow == "" && fmt.Sprint(refused) != fmt.Sprint(explanation.Err) {
		return fmt.Errorf("explain and verify differ: %v, %v", explanation.Err, refused)
	}
	if refused != nil {
		return refused
	}
	got.payload, got.kid, got.alg = found.token.Payload(), found.token.KeyID(), found.token.Algorithm()
	got.checked = found.checked
	return nil
}

// judgeALB runs a case of a load balancer's token.
func (c Case) judgeALB(got *verdict) error {
	now, err := c.now()
	if err != nil {
		return err
	}
	verifier, err := verijot.NewALBVerifierFromSettings(c.ALB, func() time.Time { return now })
	if err != nil {
		return err
	}
	keys, err := c.keys(nil)
	if err != nil {
		return err
	}
	if keys == nil {
		return errors.New("a load balancer's token without keys")
	}
	defer keys.Close()
	got.skipped, got.hasKeys = keys.Skipped(), true
	token, err := c.token()
	if err != nil {
		return err
	}
	found, err := verifier.Verify(context.Background(), token, keys)
	got.skipped = keys.Skipped()
	if err != nil {
		return err
	}
	got.payload, got.kid, got.alg = found.Payload(), found.KeyID(), found.Algorithm()
	return nil
}

// window is the state of what remembers tokens.
func (c Case) window() (*verijot.ReplayWindow, error) {
	if len(c.Expectations) > 0 && string(bytes.TrimSpace(c.Expectations)) != "{}" {
		// A call has no place for it, which is what every other language refuses.
		return nil, &verijot.SetupError{Code: verijot.ErrInvalidPolicy}
	}
	switch c.ReplayWindow {
	case "full":
		return verijot.NewReplayWindow(0)
	case "", "has_token":
		return verijot.NewReplayWindow(1)
	}
	return nil, fmt.Errorf("unknown replay_window %q", c.ReplayWindow)
}

// login states what is expected by methods, where they can say it.
func (c Case) login() verijot.Login {
	document := verijot.LoginOf(c.Expectations)
	if c.Expectations == nil {
		return verijot.Login{}
	}
	var said struct {
		Nonce         *string         `json:"nonce"`
		RefreshOf     json.RawMessage `json:"refresh_of"`
		MaxAge        *string         `json:"max_age"`
		AccessToken   *string         `json:"access_token"`
		Code          *string         `json:"code"`
		Channel       verijot.Channel `json:"channel"`
		State         *string         `json:"state"`
		RequiredState *string         `json:"required_state"`
		ACR           *[]string       `json:"acr"`
		WithoutNonce  bool            `json:"without_nonce"`
		AnyNonce      bool            `json:"any_nonce"`
		TimeRequired  bool            `json:"auth_time_required"`
	}
	// A document that a method could not write is one of bad input.
	if exact(c.Expectations, &said) != nil || bytes.Contains(c.Expectations, []byte("null")) ||
		bytes.Contains(c.Expectations, []byte("false")) {
		return document
	}
	var begun []verijot.Login
	if said.Nonce != nil {
		begun = append(begun, verijot.WithNonce(*said.Nonce))
	}
	if said.RefreshOf != nil {
		begun = append(begun, verijot.RefreshOfClaims(said.RefreshOf))
	}
	if said.WithoutNonce {
		begun = append(begun, verijot.WithoutNonce())
	}
	if said.AnyNonce {
		begun = append(begun, verijot.AnyNonce())
	}
	if len(begun) != 1 {
		return document
	}
	login := begun[0]
	if said.MaxAge != nil {
		age, err := time.ParseDuration(*said.MaxAge + "s")
		if err != nil {
			return document
		}
		login = login.MaxAge(age)
	}
	if said.Channel == "" && (said.AccessToken != nil || said.Code != nil) {
		return document
	}
	if said.AccessToken != nil {
		login = login.AccessToken(*said.AccessToken, said.Channel)
	}
	if said.Code != nil {
		login = login.Code(*said.Code, said.Channel)
	}
	if said.State != nil {
		login = login.State(*said.State)
	}
	if said.RequiredState != nil {
		login = login.RequiredState(*said.RequiredState)
	}
	if said.ACR != nil {
		login = login.ACR(*said.ACR...)
	}
	if said.TimeRequired {
		login = login.RequireAuthenticationTime()
	}
	return login
}

func (c Case) stepUp() verijot.StepUp {
	if c.Expectations == nil {
		return verijot.AnyLogin()
	}
	return verijot.StepUpOf(c.Expectations)
}

func exact(text []byte, destination any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(destination)
}
