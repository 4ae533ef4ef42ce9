package main

import (
	"encoding/json"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// refusingWebPages lets only programs on this machine call. A page of another origin has it in Origin; one whose
// name resolves to this machine (DNS rebinding) has that name in Host.
func (w *wallet) refusingWebPages(next http.HandlerFunc) http.Handler {
	own := strings.TrimPrefix(w.url, "http://")
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		_, port, _ := net.SplitHostPort(own)
		isHere := request.Host == own || request.Host == net.JoinHostPort("localhost", port)
		for _, origin := range request.Header.Values("Origin") {
			isHere = isHere && origin == w.url
		}
		if !isHere {
			answer(writer, http.StatusForbidden, detail{"from_a_web_page"})
			return
		}
		next(writer, request)
	})
}

// signIn gives a token without a password.
func (w *wallet) signIn(writer http.ResponseWriter, request *http.Request) {
	// No form can send it.
	if kind, _, err := mime.ParseMediaType(request.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		answer(writer, http.StatusUnsupportedMediaType, detail{"send_json"})
		return
	}
	wanted := struct {
		Subject string `json:"subject"`
		Track   string `json:"track"`
		Scope   string `json:"scope"`
	}{"alice", "guest", "notes:read notes:write"}
	body := json.NewDecoder(io.LimitReader(request.Body, 65_536))
	body.DisallowUnknownFields()
	if err := body.Decode(&wanted); err != nil || wanted.Subject == "" {
		answer(writer, http.StatusBadRequest, detail{"malformed_request"})
		return
	}
	minted, err := w.mint(grant{wanted.Subject, wanted.Track, wanted.Scope})
	if err != nil {
		w.refuse(writer, request, err)
		return
	}
	answer(writer, http.StatusOK, minted)
}

// rotate rotates now, for a request with a header that no form can send, and no script of another origin without
// permission, which nobody gets here. Without parameters the new key signs at once, as in an emergency, and the old
// one stays published for a week.
func (w *wallet) rotate(writer http.ResponseWriter, request *http.Request) {
	if request.Header.Get("Verijot-Development") != "yes" {
		answer(writer, http.StatusForbidden, detail{"from_a_web_page"})
		return
	}
	parameters := request.URL.Query()
	signAfter, first := seconds(parameters, "sign_after", 0)
	overlap, second := seconds(parameters, "overlap", 7*24*time.Hour)
	if first != nil || second != nil {
		answer(writer, http.StatusBadRequest, detail{"malformed_request"})
		return
	}
	next, err := w.keys.rotate(time.Now(), signAfter, overlap)
	if err != nil {
		w.refuse(writer, request, err)
		return
	}
	answer(writer, http.StatusOK, map[string]string{"next": next})
}

func seconds(parameters url.Values, name string, otherwise time.Duration) (time.Duration, error) {
	if !parameters.Has(name) {
		return otherwise, nil
	}
	given, err := strconv.ParseUint(parameters.Get(name), 10, 31)
	return time.Duration(given) * time.Second, err
}
