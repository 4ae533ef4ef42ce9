package verijot

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// NewClientFromEnvironment makes a client from the environment variables that begin with a prefix, usually
// VERIJOT_. Either VERIJOT_ISSUER and VERIJOT_AUDIENCE must be set, or VERIJOT_POLICY, the document of a policy, or
// VERIJOT_PROVIDER, a [Preset]. The keys come from one of VERIJOT_PUBLIC_KEY, VERIJOT_SECRET, VERIJOT_JWKS,
// VERIJOT_JWKS_URL and VERIJOT_CERTIFICATES_URL; without any of them, from the issuer. The README lists all.
//
// VERIJOT_SECRET_FILE and so on name a file that contains the value, at most 1 MiB; one line break at its end is
// ignored. Options say what no variable says: those that are members of a policy, [WithAllowedHosts], [WithPurposes]
// and [WithCertificates] are errors where the settings decide. The context is that of [NewClient].
//
// The error is a [*SetupError]. Its code is [ErrInvalidSettings] if a variable is missing, empty, contradictory or
// not UTF-8; its Settings are the names at fault. It shows no value.
func NewClientFromEnvironment(ctx context.Context, prefix string, options ...ClientOption) (*Client, error) {
	document, err := readSettings(prefix, os.LookupEnv)
	if err != nil {
		return nil, err
	}
	settings := clientSettings{verifier: verifierSettings{policy: policy{document: document.Policy}}}
	for _, option := range options {
		option.applyToClient(&settings)
	}
	for index := 0; index < len(settings.issuer); index += 2 {
		switch name := settings.issuer[index]; name {
		case "purposes", "certificates", "allowed_host":
			return nil, &SetupError{Code: ErrInvalidSettings, Message: name + ": the settings decide it; leave the option out"}
		}
	}
	verifier, err := newVerifier(&settings.verifier)
	if err != nil {
		return nil, err
	}
	return newClient(ctx, document.source(), verifier, &settings)
}

// readSettings lets the core read the settings that lookup finds.
func readSettings(prefix string, lookup func(name string) (value string, isSet bool)) (*settingsDocument, error) {
	instance := module.Current()
	var names []string
	var longest int64
	if err := instance.Do(func() {
		instance.Xverijot_settings_names()
		names, longest = listOf(instance.AnswerView()), int64(instance.Number(0))
	}); err != nil {
		return nil, err
	}
	var values []string
	for _, name := range names {
		name = prefix + name
		value, isSet := lookup(name)
		if isSet {
			values = append(values, name, value)
		}
		file := name + "_FILE"
		path, isFile := lookup(file)
		if !isFile {
			continue
		}
		content, err := contentOf(path, longest)
		// The core refuses two values, so that one need not be readable.
		if err != nil && !isSet {
			message := file + ": cannot read the file: " + err.Error()
			return nil, &SetupError{Code: ErrInvalidSettings, Message: message, Settings: []string{file}}
		}
		values = append(values, file, string(content))
	}
	var document settingsDocument
	var problem error
	var keys int32
	err := instance.Do(func() {
		places := instance.Octets([]byte(prefix), module.Entries(values...))
		status := instance.Xverijot_settings(places[0].Address, places[0].Length, places[1].Address, places[1].Length)
		if module.Status(status) != module.Done {
			problem = setupErrorOf(instance.AnswerView())
			return
		}
		keys = instance.Object(0)
		// Copies what it keeps.
		if problem = json.Unmarshal(instance.AnswerView(), &document); problem != nil || keys == 0 {
			return
		}
		loaded := &loadedKeys{instance: instance}
		if problem = loaded.describe(keys); problem == nil {
			document.keys = loaded.owned()
		}
	})
	if err == nil {
		err = problem
	}
	if err != nil {
		return nil, err
	}
	return &document, nil
}

// settingsDocument is what the settings say.
type settingsDocument struct {
	Policy json.RawMessage `json:"policy"`
	Keys   struct {
		ProviderKeys
		// Nil where any may be asked.
		AllowedHosts *[]string `json:"allowed_hosts"`
		PlainHTTP    bool      `json:"plain_http"`
		MaxOctets    uint64    `json:"max_octets"`
		MaxKeys      uint64    `json:"max_keys"`
	} `json:"key_source"`
	// The keys, if the settings have them.
	keys *JWKSet
}

func (d *settingsDocument) source() KeySource {
	source, isThere := d.Keys.Source()
	if !isThere {
		return FixedKeys(d.keys)
	}
	options := source.options
	options.Is("plain_http", d.Keys.PlainHTTP)
	if hosts := d.Keys.AllowedHosts; hosts != nil {
		for _, host := range *hosts {
			options.Text("allowed_host", host)
		}
	}
	options.Text("max_octets", strconv.FormatUint(d.Keys.MaxOctets, 10))
	options.Text("max_keys", strconv.FormatUint(d.Keys.MaxKeys, 10))
	return KeySource{options: options}
}

// contentOf reads a file, but at most one octet more than it may have. No error shows its path, which may be a secret
// that was set by mistake.
func contentOf(path string, longest int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, longest+1))
	if err != nil {
		return nil, withoutPath(err)
	}
	return content, nil
}

func withoutPath(err error) error {
	var ofPath *fs.PathError
	if errors.As(err, &ofPath) {
		return ofPath.Err
	}
	return errors.New("it cannot be opened")
}
