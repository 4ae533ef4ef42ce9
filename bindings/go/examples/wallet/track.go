package main

import "time"

// A grant is whom a token is for and what it grants: a refresh does not change it.
type grant struct {
	Subject string `json:"sub"`
	Track   string `json:"track"`
	Scope   string `json:"scope"`
}

// lifetimes are those of the tracks' tokens, and the ceilings by which they are verified.
var lifetimes = map[string]time.Duration{
	"staff":   12 * time.Hour,
	"member":  8 * time.Hour,
	"partner": 4 * time.Hour,
	"guest":   60 * time.Minute,
}

// lifetimeOfOthers is that of an unknown track.
const lifetimeOfOthers = 12 * time.Hour

func lifetimeOf(track string) time.Duration {
	if lifetime, isKnown := lifetimes[track]; isKnown {
		return lifetime
	}
	return lifetimeOfOthers
}
