package session_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/verijot/verijot/bindings/go/session"
)

func TestAnswersWithoutUsableTokens(t *testing.T) {
	for name, answer := range map[string]string{
		"a refresh token that is no text": `{"access_token":"a","token_type":"bearer","refresh_token":"r\ud800"}`,
		"an ID token that is no text":     `{"access_token":"a","token_type":"bearer","id_token":"\udfff"}`,
		"a byte order mark":               "\ufeff" + `{"access_token":"a","token_type":"bearer"}`,
		"a lifetime that is text":         `{"access_token":"a","token_type":"bearer","expires_in":"1h"}`,
		"a member twice":                  `{"access_token":"a","access_token":"b","token_type":"bearer"}`,
		"an error":                        `{"error":"invalid_grant"}`,
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) {
				_, _ = writer.Write([]byte(answer))
			}))
			defer server.Close()
			refresh, err := session.RefreshWith(session.Endpoint{URL: server.URL, ClientID: "client"})
			if err != nil {
				t.Fatal(err)
			}
			tokens, err := refresh(context.Background(), "r1", 65_536)
			var failed *session.RefreshFailedError
			if !errors.As(err, &failed) || failed.Status != http.StatusOK {
				t.Error(tokens.RefreshToken, err)
			}
		})
	}
}
