package verijot

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/verijot/verijot/bindings/go/internal/module"
)

// keyFetch is one fetch of an issuer's keys: the core says what to request, and is told of every answer. Its end
// is told once, however it ends.
type keyFetch struct {
	*fetchedKeys
	number int32
	begun  time.Time
}

// keyRequest is what the core wants requested.
type keyRequest struct {
	For       string            `json:"for"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Timeout   float64           `json:"timeout"`
	MaxOctets int64             `json:"max_octets"`
}

// keyResponse is an answer, as much of it as counts.
type keyResponse struct {
	status  int
	headers module.Options
	body    []byte
}

// begin begins the fetch of a ticket; nil if it was begun before.
func (f *fetchedKeys) begin(ticket int32) (*keyFetch, error) {
	var fetch *keyFetch
	err := f.issuer.instance.Do(func() {
		if module.Status(f.issuer.instance.Xverijot_fetch(f.issuer.number, ticket)) == module.Done {
			fetch = &keyFetch{f, f.issuer.instance.Object(0), time.Now()}
		}
	})
	return fetch, err
}

// run makes its requests, and gives the reason if it brought no keys.
func (f *keyFetch) run() string {
	instance := f.issuer.instance
	problem := ""
	for {
		var status module.Status
		var written string
		if err := instance.Do(func() {
			status = module.Status(instance.Xverijot_fetch_step(f.number, time.Since(f.begun).Seconds()))
			written = instance.Answer()
		}); err != nil {
			return err.Error()
		}
		if status != module.Done {
			if problem == "" {
				problem = written
			}
			return f.fail(problem)
		}
		var wanted keyRequest
		if err := json.Unmarshal([]byte(written), &wanted); err != nil {
			return f.fail(err.Error())
		}
		response, err := f.request(wanted)
		if err != nil {
			problem = described(err)
		}
		if wanted.For == "keys" {
			if err != nil {
				return f.fail(problem)
			}
			return f.end(response)
		}
		if err := instance.Do(func() {
			place := instance.Octets(response.body)[0]
			instance.Xverijot_fetch_metadata(f.number, int32(response.status), place.Address, place.Length)
		}); err != nil {
			return err.Error()
		}
	}
}

// fail tells the core that the fetch brought no answer.
func (f *keyFetch) fail(problem string) string {
	now := f.clocks.read()
	_ = f.issuer.instance.Do(func() {
		address, length := f.issuer.instance.Text(problem)
		f.issuer.instance.Xverijot_fetch_failed(
			f.number, address, length, now.monotonic, now.seconds, now.nanoseconds)
	})
	return problem
}

func (f *keyFetch) end(response keyResponse) string {
	instance := f.issuer.instance
	now := f.clocks.read()
	problem := ""
	if err := instance.Do(func() {
		places := instance.Octets(response.headers.Octets(), response.body)
		status := module.Status(instance.Xverijot_fetch_keys(
			f.number, int32(response.status), places[0].Address, places[0].Length,
			places[1].Address, places[1].Length, now.monotonic, now.seconds, now.nanoseconds))
		if status != module.Done {
			problem = instance.Answer()
		}
	}); err != nil {
		return err.Error()
	}
	return problem
}

// request makes a request. It reads at most one octet more of the body than is allowed. A body that is not complete and
// a transport that panics have brought no answer.
func (f *keyFetch) request(wanted keyRequest) (answer keyResponse, err error) {
	defer func() {
		if recover() != nil {
			answer, err = keyResponse{}, errors.New("the HTTP client panicked")
		}
	}()
	if f.ctx.Err() != nil {
		return keyResponse{}, errClosed
	}
	ctx, cancel := context.WithTimeout(f.ctx, seconds(wanted.Timeout))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, wanted.URL, nil)
	if err != nil {
		return keyResponse{}, err
	}
	for name, value := range wanted.Headers {
		request.Header.Set(name, value)
	}
	response, err := f.http.Do(request)
	if err != nil {
		return keyResponse{}, err
	}
	defer func() { _ = response.Body.Close() }()
	// Of any other answer only the status counts: a 304 has the header of an answer with a body (RFC 9110 §15.4.5).
	coding := response.Header.Get("Content-Encoding")
	if response.StatusCode == http.StatusOK && coding != "" && !strings.EqualFold(coding, "identity") {
		return keyResponse{}, errors.New("a compressed answer, which was not requested")
	}
	answer.status = response.StatusCode
	for _, name := range []string{"cache-control", "age"} {
		if values := response.Header.Values(name); len(values) > 0 {
			// One octet that is no text must not end all that is beside it.
			answer.headers.Text(name, strings.ToValidUTF8(strings.Join(values, ", "), "?"))
		}
	}
	for _, name := range []string{"etag", "last-modified"} {
		// They are sent back as they are.
		if value := strings.Join(response.Header.Values(name), ", "); value != "" && utf8.ValidString(value) {
			answer.headers.Text(name, value)
		}
	}
	limit := wanted.MaxOctets
	if limit < 1<<62 {
		limit++
	}
	if answer.body, err = io.ReadAll(io.LimitReader(response.Body, limit)); err != nil {
		return keyResponse{}, err
	}
	return answer, nil
}

// described says what went wrong, without the URL, which is known.
func described(err error) string {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no complete answer in time"
	}
	return err.Error()
}

// httpClient makes requests as the core wants them.
func httpClient(given *http.Client) *http.Client {
	var client http.Client
	if given != nil {
		client = *given
	} else {
		transport := http.DefaultTransport
		if standard, isStandard := transport.(*http.Transport); isStandard {
			own := standard.Clone()
			own.DisableCompression = true
			// Keys are fetched too rarely to keep connections open, which would outlive the client.
			own.DisableKeepAlives = true
			own.Proxy = proxyOfHTTPS
			own.MaxResponseHeaderBytes = maxHeaderOctets
			transport = own
		}
		client.Transport = transport
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// proxyOfHTTPS uses the environment's proxy for https, where the connection stays encrypted from end to end.
func proxyOfHTTPS(request *http.Request) (*url.URL, error) {
	if request.URL.Scheme != "https" {
		return nil, nil
	}
	return http.ProxyFromEnvironment(request)
}

// Of what the core makes no use.
const maxHeaderOctets = 64 << 10
