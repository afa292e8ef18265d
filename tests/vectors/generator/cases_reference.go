package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"github.com/notaryproject/notation-core-go/signature"
	// Importing an envelope package registers its media type.
	_ "github.com/notaryproject/notation-core-go/signature/cose"
	_ "github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/tspclient-go"
	"github.com/notaryproject/tspclient-go/pki"
)

// Envelopes that the reference implementation writes, and checks as it writes them. Only the signature itself comes from
// our keys, so that it is the same in every run.

type referenceSigner struct{ chain []*Cert }

func (s referenceSigner) Sign(message []byte) ([]byte, []*x509.Certificate, error) {
	k := s.chain[0].key
	return k.signEnvelope(envelopeScheme(k), message), parsed(s.chain), nil
}

func (s referenceSigner) KeySpec() (signature.KeySpec, error) {
	return signature.ExtractKeySpec(parsed(s.chain[:1])[0])
}

func parsed(chain []*Cert) []*x509.Certificate {
	var out []*x509.Certificate
	for _, each := range chain {
		certificate, err := x509.ParseCertificate(each.der)
		must(err)
		out = append(out, certificate)
	}
	return out
}

// referenceClock is a timestamp authority for the reference's signer.
type referenceClock struct{ token *Token }

func (c referenceClock) Timestamp(_ context.Context, request *tspclient.Request) (*tspclient.Response, error) {
	imprint := request.MessageImprint
	oids := map[string]crypto.Hash{}
	for hash, id := range hashOID {
		oids[id] = hash
	}
	token := *c.token
	hash := oids[imprint.HashAlgorithm.Algorithm.String()]
	token.rawInfo = seq(integer(1), oid(token.info.policy), seq(hashIdentifier(hash), octets(imprint.HashedMessage)), integer(17),
		generalizedTime(token.time), token.info.accuracy, bigInteger(new(big.Int).SetBytes([]byte("nonce"))))
	der := token.build(nil)
	return &tspclient.Response{Status: pki.StatusInfo{Status: pki.StatusGranted}, TimestampToken: asn1.RawValue{FullBytes: der}}, nil
}

// byReference lets the reference write an envelope.
func byReference(e *Envelope, clock *Token) []byte {
	written, err := signature.NewEnvelope(e.mediaType())
	must(err)
	request := &signature.SignRequest{
		Payload:       signature.Payload{ContentType: e.contentType, Content: e.payload},
		Signer:        referenceSigner{e.chain},
		SigningTime:   e.time,
		Expiry:        e.expiry,
		SigningScheme: signature.SigningScheme(e.signing),
		SigningAgent:  e.agent,
	}
	for _, each := range e.attributes {
		request.ExtendedSignedAttributes = append(request.ExtendedSignedAttributes, signature.Attribute{Key: each.name, Critical: each.critical, Value: each.value})
	}
	if clock != nil {
		roots := x509.NewCertPool()
		roots.AddCert(parsed(clock.chain[len(clock.chain)-1:])[0])
		request.Timestamper, request.TSARootCAs = referenceClock{clock}, roots
	}
	out, err := written.Sign(request)
	must(err)
	return out
}

// reference adds a case for each format.
func reference(name, title, shows string, edit func(*Envelope, *Case) *Token) {
	for _, format := range formats {
		made := envelope(format, std.chain())
		finished := add("reference", name+"-"+format, title, split(shows)...)
		finished.madeBy = "reference"
		clock := edit(made, finished)
		finished.mediaType, finished.envelope = made.mediaType(), byReference(made, clock)
	}
}

// chainOfLength ends in a root on P-256; the signer has a key of the given kind.
func chainOfLength(kind string, n int) []*Cert {
	if n == 1 {
		return []*Cert{selfSigned("reference", kind)}
	}
	above := longChain(n-1, nil)()[1:]
	return append([]*Cert{issue(leafSpec("reference", kind), above[0])}, above...)
}

func referenceCases() {
	kinds := []struct{ kind, alg, shows string }{
		{"rsa2048", "256-bit RSASSA-PSS", ""}, {"rsa3072", "384-bit RSASSA-PSS", "N-157"}, {"rsa4096", "512-bit RSASSA-PSS", ""},
		{"p256", "256-bit ECDSA", "N-81"}, {"p384", "384-bit ECDSA", ""}, {"p521", "512-bit ECDSA", ""},
	}
	for i, each := range kinds {
		for j, scheme := range []string{x509Scheme, saScheme} {
			length := (i+2*j)%4 + 1
			suffix := map[string]string{x509Scheme: "", saScheme: "-authority"}[scheme]
			for _, format := range formats {
				made := envelope(format, chainOfLength(each.kind, length))
				made.signing = scheme
				shows := map[string]string{"jws": "N-82", "cose": "N-158"}[format]
				// What the reference's own tests of its encoders write: ES256 in JWS, PS384 in COSE.
				if each.shows == "N-81" && format == "jws" || each.shows == "N-157" && format == "cose" {
					shows += " " + each.shows
				}
				finished := add("reference", each.kind+suffix+"-"+format, fmt.Sprintf("%s, %s, a chain of %d", each.alg, scheme, length), split(shows)...)
				finished.madeBy = "reference"
				if scheme == saScheme {
					finished.authority()
					finished.stores["signingAuthority:shop"] = []any{rootOf(made.chain)}
				} else {
					finished.stores["ca:shop"] = []any{rootOf(made.chain)}
				}
				finished.mediaType, finished.envelope = made.mediaType(), byReference(made, nil)
			}
		}
	}
	for n := 1; n <= 4; n++ {
		chain := chainOfLength("p256", n)
		reference(fmt.Sprintf("chain-of-%d", n), fmt.Sprintf("A chain of %d", n), "N-243", func(e *Envelope, c *Case) *Token {
			e.chain = chain
			c.stores["ca:shop"] = []any{rootOf(chain)}
			return nil
		})
	}
	reference("expiry", "An expiry that lies ahead", "N-232", func(e *Envelope, c *Case) *Token { e.expiry = date(2090); return nil })
	reference("expired", "An expiry that has passed", "N-227", func(e *Envelope, c *Case) *Token {
		e.expiry = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		c.fails("expiry", "signature-expired")
		return nil
	})
	reference("expired-authority", "An expiry that has passed, of a signing authority", "N-227", func(e *Envelope, c *Case) *Token {
		e.signing, e.expiry = saScheme, time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		c.authority()
		c.fails("expiry", "signature-expired")
		return nil
	})
	reference("metadata", "User metadata that is asked for", "N-72", func(e *Envelope, c *Case) *Token {
		c.metadata = map[string]string{"buildId": "123"}
		e.payload = payloadOf(c.subject, map[string]string{"buildId": "123", "buildTime": "1672944615"})
		return nil
	})
	brief := selfSigned("brief", "rsa2048", valid(date(2026), date(2026).Add(24*time.Hour)))
	reference("metadata-of-expired-chain", "User metadata of a chain that was valid for one day", "N-77 N-397", func(e *Envelope, c *Case) *Token {
		e.chain = []*Cert{brief}
		c.stores["ca:shop"] = []any{brief}
		c.metadata = map[string]string{"buildId": "123"}
		e.payload = payloadOf(c.subject, map[string]string{"buildId": "123", "buildTime": "1672944615"})
		c.policy.level = "permissive"
		c.logs("authenticTimestamp")
		return nil
	})
	reference("other-metadata-of-expired-chain", "Other user metadata of a chain that was valid for one day", "N-77 N-73", func(e *Envelope, c *Case) *Token {
		e.chain = []*Cert{brief}
		c.stores["ca:shop"] = []any{brief}
		c.metadata = map[string]string{"buildId": "124"}
		e.payload = payloadOf(c.subject, map[string]string{"buildId": "123"})
		c.policy.level = "permissive"
		c.logs("authenticTimestamp")
		c.fails("metadata", "metadata-mismatch")
		return nil
	})
	reference("attribute", "An extended attribute that is not critical", "N-411", func(e *Envelope, c *Case) *Token {
		e.attributes = []Attribute{{"example.com/x", "y", false}}
		return nil
	})
	reference("critical-attribute", "An extended attribute that is critical", "N-410", func(e *Envelope, c *Case) *Token {
		e.attributes = []Attribute{{"example.com/x", "y", true}}
		c.fails("plugin", "plugin-required")
		return nil
	})
	reference("plugin", "A plugin that is asked for", "N-403", func(e *Envelope, c *Case) *Token {
		e.attributes = []Attribute{{prefix + "verificationPlugin", "example", true}, {prefix + "verificationPluginMinVersion", "1.0.0", true}}
		c.fails("plugin", "plugin-required")
		return nil
	})
	reference("other-image", "A signature for another image", "N-58", func(e *Envelope, c *Case) *Token {
		e.payload = payloadOf(Subject{subjectOfAll.MediaType, subjectOfAll.Digest, 518}, nil)
		c.fails("target", "signature-invalid")
		return nil
	})
	reference("untrusted", "A signer whose root is not trusted", "N-318", func(e *Envelope, c *Case) *Token {
		e.chain = other.chain()
		c.fails("authenticity", "untrusted-signer")
		return nil
	})
	reference("timestamp", "A timestamp with an accuracy of one second", "N-427 N-435", func(e *Envelope, c *Case) *Token {
		clock := newToken(tsa)
		clock.info.accuracy = accuracy(1, 0, 0)
		stamped(e, c, nil)
		return clock
	})
	// As short-lived signing certificates have it: a certificate of one day, a token with a fraction and half a second of
	// accuracy, an expiry some hours later.
	daily := selfSigned("daily", "p256", valid(date(2026), date(2026).Add(24*time.Hour)))
	stampedDaily := func(e *Envelope, c *Case) *Token {
		clock := newToken(tsa)
		clock.time, clock.info.accuracy = "20260101091746.641Z", accuracy(0, 500, 0)
		e.chain, e.time, e.expiry = []*Cert{daily}, date(2026).Add(9*time.Hour), date(2026).Add(12*time.Hour)
		stamped(e, c, nil)
		c.stores["ca:shop"] = []any{daily}
		return clock
	}
	reference("timestamp-of-expired-chain", "A timestamp of a chain that is valid for one day, before the expiry", "N-428 N-431", func(e *Envelope, c *Case) *Token {
		c.now = "2026-01-01T11:59:59Z"
		return stampedDaily(e, c)
	})
	reference("timestamp-of-expired-signature", "A timestamp of a chain that was valid for one day, after the expiry", "N-431", func(e *Envelope, c *Case) *Token {
		c.fails("expiry", "signature-expired")
		return stampedDaily(e, c)
	})
	reference("timestamp-of-logged-expiry", "A timestamp of a chain that was valid for one day, with the expiry logged", "N-431", func(e *Envelope, c *Case) *Token {
		c.policy.override = map[string]string{"expiry": "log"}
		c.logs("expiry")
		return stampedDaily(e, c)
	})
}
