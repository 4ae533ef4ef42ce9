package main

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"time"
)

// metadata is OpenID Connect Discovery 1.0 and RFC 8414.
func (w *wallet) metadata(writer http.ResponseWriter, _ *http.Request) {
	writer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(writer).Encode(map[string]any{
		"issuer":                                w.url,
		"jwks_uri":                              w.url + "/.well-known/jwks.json",
		"response_types_supported":              []string{},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"},
	})
}

func (w *wallet) jwks(writer http.ResponseWriter, request *http.Request) {
	jwks, err := w.keys.jwks(time.Now())
	if err != nil {
		w.refuse(writer, request, err)
		return
	}
	digest := sha256.Sum256(jwks)
	tag := `"` + encoded(digest[:]) + `"`
	writer.Header().Set("Cache-Control", "public, max-age=3600")
	writer.Header().Set("ETag", tag)
	for _, known := range request.Header.Values("If-None-Match") {
		if known == tag {
			writer.WriteHeader(http.StatusNotModified)
			return
		}
	}
	writer.Header().Set("Content-Type", "application/jwk-set+json")
	_, _ = writer.Write(jwks)
}
