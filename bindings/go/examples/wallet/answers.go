package main

import (
	"encoding/json"
	"net/http"
)

// tokens are the answer to a sign-in and a refresh (RFC 6749 §5.1).
type tokens struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
	Track       string `json:"track"`
	Scope       string `json:"scope"`
}

type detail struct {
	Detail string `json:"detail"`
}

func answer(writer http.ResponseWriter, status int, body any) {
	writer.Header().Set("Content-Type", "application/json")
	writer.Header().Set("Cache-Control", "no-store")
	writer.WriteHeader(status)
	_ = json.NewEncoder(writer).Encode(body)
}
