package parity

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/notaryproject/notation-core-go/revocation"
	"github.com/notaryproject/notation-core-go/revocation/crl"
	"github.com/notaryproject/notation-core-go/revocation/purpose"
	"github.com/notaryproject/notation-go/verifier"
)

// servers are the OCSP and CRL servers of a vector, by address.
type servers map[string]struct {
	Status      int
	ContentType string
	Location    string
	Base64      string
	Fails       string
}

// silence is no answer in time.
type silence struct{}

func (silence) Error() string { return "no answer in time" }
func (silence) Timeout() bool { return true }

// address is what a request is for: a question to an OCSP responder is its last segment.
func (s servers) address(url string) string {
	parent := url[:strings.LastIndexByte(url, '/')+1]
	for _, each := range []string{url, parent, strings.TrimSuffix(parent, "/")} {
		if _, known := s[each]; known {
			return each
		}
	}
	return url
}

func (s servers) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		defer request.Body.Close()
	}
	answer, known := s[s.address(request.URL.String())]
	switch {
	case !known || answer.Fails == "refused":
		return nil, fmt.Errorf("%s: connection refused", request.URL)
	case answer.Fails == "timeout":
		return nil, silence{}
	case answer.Fails != "":
		return nil, fmt.Errorf("no way to fail: %s", answer.Fails)
	}
	body, err := base64.StdEncoding.DecodeString(answer.Base64)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	if answer.ContentType != "" {
		header.Set("Content-Type", answer.ContentType)
	}
	if answer.Location != "" {
		header.Set("Location", answer.Location)
	}
	return &http.Response{
		StatusCode: answer.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: request,
	}, nil
}

// options make the reference ask these servers, and no others.
func (s servers) options() (out verifier.VerifierOptions, err error) {
	client := &http.Client{Transport: s}
	fetcher, err := crl.NewHTTPFetcher(client)
	if err != nil {
		return out, err
	}
	about := func(chain purpose.Purpose) (revocation.Validator, error) {
		return revocation.NewWithOptions(revocation.Options{OCSPHTTPClient: client, CRLFetcher: fetcher, CertChainPurpose: chain})
	}
	if out.RevocationCodeSigningValidator, err = about(purpose.CodeSigning); err != nil {
		return out, err
	}
	out.RevocationTimestampingValidator, err = about(purpose.Timestamping)
	return out, err
}
