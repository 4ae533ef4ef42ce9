package verijot

type clientSettings struct {
	verifier verifierSettings
}
