package verijot

import (
	"context"
	"errors"
	"runtime"
)

// A MultiIssuerClient verifies each token with the client of its issuer: the untrusted iss only chooses the
// client, which verifies the token with its own keys and no others, and checks the iss again. Make it once and
// share it; it is safe for concurrent use.
type MultiIssuerClient struct {
	*coreSet
	clients []*Client
}

// NewMultiIssuerClient puts clients side by side. The error is a [*SetupError] if there is none, if one waives the
// issuer, or if two name the same issuer.
func NewMultiIssuerClient(clients ...*Client) (*MultiIssuerClient, error) {
	var verifiers []*Verifier
	for _, client := range clients {
		if client == nil {
			return nil, errors.New("verijot: a client is nil")
		}
		verifiers = append(verifiers, client.verifier)
	}
	core, err := newCoreSet(verifiers)
	if err != nil {
		return nil, err
	}
	set := &MultiIssuerClient{core, append([]*Client(nil), clients...)}
	runtime.AddCleanup(set, func(core *coreSet) { core.drop() }, core)
	return set, nil
}

// Clients gives the clients, for example for their health.
func (m *MultiIssuerClient) Clients() []*Client { return append([]*Client(nil), m.clients...) }

// Verify verifies a token as [Client.Verify] does. The error is [ErrWrongIssuer] for a token of any other issuer.
func (m *MultiIssuerClient) Verify(ctx context.Context, raw string) (*Token, error) {
	return m.admit(ctx, raw, nil)
}

func (m *MultiIssuerClient) admit(ctx context.Context, raw string, check func(*Token, clock) error) (*Token, error) {
	client, err := m.chosen(raw)
	if err != nil {
		return nil, err
	}
	return client.admit(ctx, raw, check)
}

// Explain explains a token as [Client.Explain] does. The error is an [*Error] for a token that names no known
// issuer.
func (m *MultiIssuerClient) Explain(ctx context.Context, raw string) (*Explanation, error) {
	client, err := m.chosen(raw)
	if err != nil {
		return nil, err
	}
	return client.Explain(ctx, raw)
}

// Ready waits for the first keys of every client; the errors are joined.
func (m *MultiIssuerClient) Ready(ctx context.Context) error {
	results := make(chan error, len(m.clients))
	for _, client := range m.clients {
		go func() { results <- client.Ready(ctx) }()
	}
	var all []error
	for range m.clients {
		all = append(all, <-results)
	}
	return errors.Join(all...)
}

// Close closes every client.
func (m *MultiIssuerClient) Close() {
	for _, client := range m.clients {
		client.Close()
	}
}

func (m *MultiIssuerClient) chosen(raw string) (*Client, error) {
	place, err := m.choose(raw)
	runtime.KeepAlive(m)
	if err != nil {
		return nil, err
	}
	return m.clients[place], nil
}
