package main

import (
	"strings"
	"time"
)

// Cases that both formats have.

// both adds a case for each format; edit may change the envelope and the case.
func both(topic, name, title, shows string, edit func(*Envelope, *Case)) {
	for _, format := range formats {
		made := envelope(format, std.chain())
		finished := add(topic, name+"-"+format, title, split(shows)...)
		edit(made, finished)
		finished.with(made)
	}
}

func (c *Case) authority() {
	c.policy.stores = []string{"signingAuthority:shop"}
	c.stores = map[string][]any{"signingAuthority:shop": {std.root}}
}

// target is the payload with its descriptor as written.
func target(descriptor string) []byte { return []byte(`{"targetArtifact":` + descriptor + "}") }

func payloadCases() {
	const mediaType, size = `"mediaType":"application/vnd.oci.image.manifest.v1+json"`, `"size":517`
	digest := `"digest":"` + subjectOfAll.Digest + `"`
	whole := mediaType + "," + digest + "," + size
	for _, each := range []struct{ name, title, shows, payload, result string }{
		{"plain", "The three members that count", "N-55", string(target("{" + whole + "}")), ""},
		{"white-space", "White space everywhere", "N-55", " {\n\"targetArtifact\" : {" + strings.ReplaceAll(whole, ",", " ,\t") + " } }\n", ""},
		{"other-media-type", "Another media type", "N-56", string(target(`{"mediaType":"application/vnd.docker.distribution.manifest.v2+json",` + digest + "," + size + "}")), "target"},
		{"other-size", "Another size", "N-57", string(target("{" + mediaType + "," + digest + `,"size":518}`)), "target"},
		{"other-digest", "Another digest", "N-58", string(target("{" + mediaType + "," + strings.ReplaceAll(digest, "5a", "5b") + "," + size + "}")), "target"},
		{"digest-in-upper-case", "The digest in upper case", "N-59", string(target("{" + mediaType + "," + strings.ReplaceAll(digest, "5a", "5A") + "," + size + "}")), "target"},
		{"digest-without-algorithm", "The digest without its algorithm", "N-59", string(target("{" + mediaType + "," + strings.ReplaceAll(digest, "sha256:", "") + "," + size + "}")), "target"},
		{"media-type-missing", "No media type", "N-60", string(target("{" + digest + "," + size + "}")), "target"},
		{"digest-missing", "No digest", "N-60", string(target("{" + mediaType + "," + size + "}")), "target"},
		{"size-missing", "No size", "N-60", string(target("{" + mediaType + "," + digest + "}")), "target"},
		{"empty-object", "An empty object", "N-60", "{}", "target"},
		{"target-null", "The target is null", "N-60", target2("null"), "target"},
		{"size-text", "The size as text", "N-61", string(target("{" + mediaType + "," + digest + `,"size":"517"}`)), "target"},
		{"size-with-fraction", "The size as 517.0", "N-61", string(target("{" + mediaType + "," + digest + `,"size":517.0}`)), "target"},
		{"size-with-exponent", "The size as 5.17e2", "N-61", string(target("{" + mediaType + "," + digest + `,"size":5.17e2}`)), "target"},
		{"size-of-2-63", "A size of 2^63", "N-61", string(target("{" + mediaType + "," + digest + `,"size":9223372036854775808}`)), "target"},
		{"size-plus-2-64", "A size of 2^64 + 517", "N-61", string(target("{" + mediaType + "," + digest + `,"size":18446744073709552133}`)), "target"},
		{"size-negative", "A negative size", "N-61", string(target("{" + mediaType + "," + digest + `,"size":-517}`)), "target"},
		{"other-members", "Other members of a descriptor", "N-62", string(target("{" + whole + `,"artifactType":"x","urls":["https://example.com"],"platform":{"os":"linux"},"data":"AA=="}`)), ""},
		{"other-top-level-member", "Another member beside the target", "N-63", `{"targetArtifact":{` + whole + `},"other":[1,{"a":2}]}`, ""},
		{"digest-twice", "The digest twice, the right one last", "N-64", string(target("{" + strings.ReplaceAll(digest, "5a", "5b") + "," + whole + "}")), "decode"},
		{"target-twice", "The target twice", "N-64", `{"targetArtifact":{},"targetArtifact":{` + whole + `}}`, "decode"},
		{"target-in-upper-case", "TargetArtifact only", "N-65", `{"TargetArtifact":{` + whole + "}}", "target"},
		{"digest-in-other-case", "Digest only", "N-65", string(target("{" + mediaType + "," + strings.Replace(digest, "digest", "Digest", 1) + "," + size + "}")), "target"},
		{"target-in-two-cases", "targetArtifact and TargetArtifact", "N-66", `{"targetArtifact":{` + whole + `},"TargetArtifact":{` + whole + `}}`, "target"},
		{"trailing-text", "Text after the object", "N-67", string(target("{"+whole+"}")) + "x", "decode"},
		{"trailing-object", "A second object after the first", "N-67", string(target("{"+whole+"}")) + "{}", "decode"},
		{"array", "An array", "N-68", "[" + string(target("{"+whole+"}")) + "]", "decode"},
		{"text", "A text", "N-68", `"x"`, "decode"},
		{"number", "A number", "N-68", "517", "decode"},
		{"not-json", "No JSON", "N-68", "payload", "decode"},
		{"target-array", "The target is an array", "N-68", target2("[]"), "target"},
		{"empty", "No octet at all", "N-69 N-187", "", "integrity"},
		{"annotations-text", "The annotations are a text", "", string(target("{" + whole + `,"annotations":"x"}`)), "target"},
		{"annotation-number", "An annotation that is a number", "", string(target("{" + whole + `,"annotations":{"a":1}}`)), "target"},
		{"annotation-twice", "An annotation twice", "N-64", string(target("{" + whole + `,"annotations":{"a":"1","a":"2"}}`)), "decode"},
		{"reserved-annotation", "An annotation whose name is reserved", "N-76", string(target("{" + whole + `,"annotations":{"io.cncf.notary.x":"1"}}`)), ""},
		{"invalid-utf8", "Text that is no UTF-8", "", string(target("{" + whole + `,"annotations":{"a":"` + "\xff" + `"}}`)), "decode"},
		{"lone-surrogate", "A surrogate alone", "N-541", string(target("{" + whole + `,"annotations":{"a":"\ud83d"}}`)), "decode"},
		{"deep", "Arrays 70 deep", "", `{"targetArtifact":{` + whole + `},"other":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "}", "decode"},
		{"comment", "A comment, which JSON does not have", "N-67", "/* */" + string(target("{"+whole+"}")), "decode"},
	} {
		both("payload", each.name, "Payload: "+each.title, each.shows, func(e *Envelope, c *Case) {
			e.payload = []byte(each.payload)
			result := each.result
			if result == "decode" {
				// A JWS payload must be a JSON object; with COSE that comes out when the payload is read.
				result = map[string]string{"jws": "integrity", "cose": "target"}[e.format]
			}
			if result != "" {
				c.fails(result, "signature-invalid")
			}
		})
	}
	for _, each := range []struct{ name, title, contentType string }{
		{"type-v2", "Payload type of version 2", "application/vnd.cncf.notary.payload.v2+json"},
		{"type-with-parameter", "Payload type with a parameter", payloadType + ";charset=utf-8"},
		{"type-in-upper-case", "Payload type in upper case", strings.ToUpper(payloadType)},
		{"type-json", "Payload type application/json", "application/json"},
		{"type-empty", "An empty payload type", ""},
	} {
		shows := "N-71"
		if each.name == "type-v2" {
			shows = "N-70"
		}
		both("payload", each.name, each.title, shows, func(e *Envelope, c *Case) {
			e.contentType = each.contentType
			c.invalid()
		})
	}
	for _, level := range []string{"permissive", "audit"} {
		both("payload", "other-digest-"+level, "Another digest at level "+level, "N-58 N-399", func(e *Envelope, c *Case) {
			c.policy.level = level
			c.subject.Digest = "sha256:" + strings.Repeat("5b", 32)
			c.fails("target", "signature-invalid")
		})
	}
	both("payload", "sha512-digest", "A digest of SHA-512 under a 256-bit signature", "N-55", func(e *Envelope, c *Case) {
		c.subject.Digest = "sha512:" + strings.Repeat("5a", 64)
		e.payload = payloadOf(c.subject, nil)
	})
}

func target2(value string) string { return string(target(value)) }

func metadataCases() {
	for _, each := range []struct {
		name, title, shows, level string
		required, annotations     map[string]string
		good                      bool
	}{
		{"present", "One of two annotations is asked for", "N-72", "strict", map[string]string{"a": "1"}, map[string]string{"a": "1", "b": "2"}, true},
		{"all", "All annotations are asked for", "N-72", "strict", map[string]string{"a": "1", "b": "2"}, map[string]string{"a": "1", "b": "2"}, true},
		{"other-value", "Another value", "N-73", "strict", map[string]string{"a": "1"}, map[string]string{"a": "2"}, false},
		{"value-with-space", "A space after the value", "N-73", "strict", map[string]string{"a": "1"}, map[string]string{"a": "1 "}, false},
		{"other-case", "The name in another case", "N-73", "strict", map[string]string{"a": "1"}, map[string]string{"A": "1"}, false},
		{"missing", "No annotations", "N-74", "strict", map[string]string{"a": "1"}, nil, false},
		{"missing-permissive", "No annotations at level permissive", "N-74", "permissive", map[string]string{"a": "1"}, nil, false},
		{"missing-audit", "No annotations at level audit", "N-74", "audit", map[string]string{"a": "1"}, nil, false},
		{"one-of-two-missing", "One of two is not there", "N-73", "strict", map[string]string{"a": "1", "b": "2"}, map[string]string{"a": "1"}, false},
		{"nothing-asked", "Nothing is asked for", "N-75", "strict", map[string]string{}, map[string]string{"a": "1"}, true},
		{"empty-value", "An empty value is asked for and there", "N-72", "strict", map[string]string{"a": ""}, map[string]string{"a": ""}, true},
		{"empty-value-missing", "An empty value is asked for and nothing there", "N-73", "strict", map[string]string{"a": ""}, map[string]string{"b": ""}, false},
		{"not-ascii", "Names and values beyond ASCII", "N-72", "strict", map[string]string{"größe": "☃"}, map[string]string{"größe": "☃"}, true},
	} {
		both("metadata", each.name, "User metadata: "+each.title, each.shows, func(e *Envelope, c *Case) {
			c.metadata, c.policy.level = each.required, each.level
			e.payload = payloadOf(c.subject, each.annotations)
			if !each.good {
				c.fails("metadata", "metadata-mismatch")
			}
		})
	}
}

func pluginCases() {
	plugin, version := prefix+"verificationPlugin", prefix+"verificationPluginMinVersion"
	number := func(e *Envelope) any {
		if e.format == "jws" {
			return 5
		}
		return cInt(5)
	}
	for _, level := range []string{"strict", "permissive", "audit"} {
		both("plugin", "named-"+level, "A plugin is named; level "+level, "N-403", func(e *Envelope, c *Case) {
			c.policy.level = level
			e.attributes = []Attribute{{plugin, "plugin-name", true}}
			c.fails("plugin", "plugin-required")
		})
		both("plugin", "unknown-critical-"+level, "An unknown critical header; level "+level, "N-410 N-141 N-202", func(e *Envelope, c *Case) {
			c.policy.level = level
			e.attributes = []Attribute{{"example.com/x", "y", true}}
			c.fails("plugin", "plugin-required")
		})
	}
	for _, each := range []struct {
		name, title, shows string
		attributes         func(*Envelope) []Attribute
		good               bool
	}{
		{"named-with-version", "A plugin and its version are named", "N-409", func(*Envelope) []Attribute {
			return []Attribute{{plugin, "plugin-name", true}, {version, "1.0.0", true}}
		}, false},
		{"not-critical", "A plugin is named and not critical", "N-404", func(*Envelope) []Attribute { return []Attribute{{plugin, "plugin-name", false}} }, false},
		{"empty", "The plugin's name is empty", "N-405", func(*Envelope) []Attribute { return []Attribute{{plugin, "", true}} }, false},
		{"blank", "The plugin's name is blank", "N-405", func(*Envelope) []Attribute { return []Attribute{{plugin, "  ", true}} }, false},
		{"number", "The plugin's name is a number", "N-406", func(e *Envelope) []Attribute { return []Attribute{{plugin, number(e), true}} }, false},
		{"version-not-semver", "The plugin's version is no SemVer", "N-407", func(*Envelope) []Attribute {
			return []Attribute{{plugin, "plugin-name", true}, {version, "v1.0.0", true}}
		}, false},
		{"version-alone", "A plugin's version alone, critical", "N-408", func(*Envelope) []Attribute { return []Attribute{{version, "1.0.0", true}} }, false},
		{"version-alone-not-critical", "A plugin's version alone, not critical", "N-411", func(*Envelope) []Attribute { return []Attribute{{version, "1.0.0", false}} }, true},
		{"unknown-not-critical", "An unknown header that is not critical", "N-411", func(*Envelope) []Attribute { return []Attribute{{"example.com/x", "y", false}} }, true},
		{"unknown-io-cncf", "An unknown header with the prefix of the specification, critical", "N-410", func(*Envelope) []Attribute {
			return []Attribute{{prefix + "other", "y", true}}
		}, false},
	} {
		both("plugin", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.attributes = each.attributes(e)
			if !each.good {
				c.fails("plugin", "plugin-required")
			}
		})
	}
	for _, format := range formats {
		made := envelope(format, std.chain())
		made.attributes = []Attribute{{plugin, "plugin-name", true}}
		finished := add("plugin", "named-skip-"+format, "A plugin is named; level skip", "N-412").with(made).fails("skip", "skipped")
		finished.policy = Policy{scopes: finished.policy.scopes, level: "skip"}
	}
	made := envelope("cose", std.chain())
	made.cose = func(c *COSE) {
		c.protected.add(cInt(1000), cText("y"))
		critCOSE(cInt(1000))(c)
	}
	add("plugin", "unknown-critical-number-cose", "An unknown critical label that is a number", "N-202").with(made).fails("plugin", "plugin-required")
}

func schemeCases() {
	at := func(s string) time.Time {
		when, err := time.Parse(time.RFC3339Nano, s)
		must(err)
		return when
	}
	for _, each := range []struct {
		name, title, shows string
		expiry, now, level string
		override           map[string]string
		expired, fatal     bool
	}{
		{"expired", "Expired", "N-227", "2026-05-01T00:00:00Z", "", "strict", nil, true, true},
		{"expired-permissive", "Expired, which level permissive logs", "N-228", "2026-05-01T00:00:00Z", "", "permissive", nil, true, false},
		{"expired-audit", "Expired, which level audit logs", "N-228", "2026-05-01T00:00:00Z", "", "audit", nil, true, false},
		{"expired-override-log", "Expired, which an override logs", "N-229", "2026-05-01T00:00:00Z", "", "strict", map[string]string{"expiry": "log"}, true, false},
		{"expired-override-enforce", "Expired at level permissive, which an override enforces", "N-230", "2026-05-01T00:00:00Z", "", "permissive", map[string]string{"expiry": "enforce"}, true, true},
		{"expired-audit-override-enforce", "Expired at level audit, which an override enforces", "N-230", "2026-05-01T00:00:00Z", "", "audit", map[string]string{"expiry": "enforce"}, true, true},
		{"expires-now", "Expires at this instant", "N-231", "2026-06-01T00:00:00Z", "", "strict", nil, true, true},
		{"expires-in-a-nanosecond", "Expires in a nanosecond", "N-232", "2026-06-01T00:00:00Z", "2026-05-31T23:59:59.999999999Z", "strict", nil, false, false},
		{"expires-in-a-second", "Expires in a second", "N-232", "2026-06-01T00:00:01Z", "", "strict", nil, false, false},
		{"no-expiry", "No expiry", "N-233", "", "", "strict", nil, false, false},
	} {
		both("expiry", each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			c.policy.level, c.policy.override = each.level, each.override
			if each.expiry != "" {
				e.expiry = at(each.expiry)
			}
			if each.now != "" {
				c.now = each.now
			}
			if each.fatal {
				c.fails("expiry", "signature-expired")
			} else if each.expired {
				c.logs("expiry")
			}
		})
	}
	for _, each := range []struct {
		name, title string
		expiry      time.Time
		good        bool
	}{
		{"equal-to-signing-time", "An expiry equal to the signing time", signed, false},
		{"before-signing-time", "An expiry before the signing time", signed.Add(-time.Second), false},
		{"after-signing-time", "An expiry one second after the signing time", signed.Add(time.Second), true},
	} {
		for _, scheme := range []string{x509Scheme, saScheme} {
			name := each.name
			if scheme == saScheme {
				name += "-authority"
			}
			both("expiry", name, each.title+", "+scheme, "N-155", func(e *Envelope, c *Case) {
				e.signing, e.expiry = scheme, each.expiry
				c.now = "2026-01-01T00:00:00.5Z"
				if scheme == saScheme {
					c.authority()
				}
				// Not even level audit forgives it: it is part of integrity.
				c.policy.level = "audit"
				if !each.good {
					c.invalid()
				}
			})
		}
	}
	short := World{}
	short.root = issue(rootSpec("short root", "p256"), nil, valid(date(2025), date(2028)))
	short.intermediate = issue(rootSpec("short intermediate", "p256"), short.root, valid(date(2020), date(2030)))
	short.leaf = issue(leafSpec("short signer", "p256"), short.intermediate, valid(date(2020), date(2030)))
	share("short-root", short.root)
	for _, each := range []struct {
		name, title, shows string
		time               time.Time
		now                string
		good               bool
	}{
		{"within", "The authentic signing time within all certificates", "N-235 N-242", date(2026), "2026-06-01T00:00:00Z", true},
		{"at-not-before", "The authentic signing time at the beginning of the root's validity", "N-236", date(2025), "2026-06-01T00:00:00Z", true},
		{"at-not-after", "The authentic signing time at the end of the root's validity", "N-236", date(2028), "2028-06-01T00:00:00Z", true},
		{"before-the-root", "The authentic signing time one second before the root's validity", "N-237", date(2025).Add(-time.Second), "2026-06-01T00:00:00Z", false},
		{"after-the-root", "The authentic signing time one second after the root's validity", "N-237", date(2028).Add(time.Second), "2028-06-01T00:00:00Z", false},
		{"expired-now", "The chain has expired since", "N-238", date(2026), "2050-01-01T00:00:00Z", true},
		{"not-yet-valid-now", "The authentic signing time lies in the future", "", date(2027), "2020-06-01T00:00:00Z", true},
	} {
		both("scheme", "authority-"+each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.signing, e.time, e.chain = saScheme, each.time, short.chain()
			c.authority()
			c.stores["signingAuthority:shop"] = []any{short.root}
			c.now = each.now
			if !each.good {
				c.fails("authenticTimestamp", "certificate-expired")
			}
		})
	}
	both("scheme", "authority-fraction-before", "The authentic signing time half a second before the root's validity", "N-237", func(e *Envelope, c *Case) {
		e.signing, e.chain = saScheme, short.chain()
		c.authority()
		c.stores["signingAuthority:shop"] = []any{short.root}
		e.jws = func(j *JWS) { j.protected.put(prefix+"authenticSigningTime", `"2024-12-31T23:59:59.5Z"`) }
		e.cose = putCOSE(authTimeLabel, cTag(1, cDouble(1735689599.5)))
		c.fails("authenticTimestamp", "certificate-expired")
	})
	for _, each := range []struct {
		name, title, shows, now string
		good                    bool
		level                   string
	}{
		{"valid-now", "All certificates valid now", "N-414", "2026-06-01T00:00:00Z", true, "strict"},
		{"at-not-after", "Now is the last instant of the root's validity", "N-417", "2028-01-01T00:00:00Z", true, "strict"},
		{"after-not-after", "Now is one second after the root's validity", "N-417 N-418", "2028-01-01T00:00:01Z", false, "strict"},
		{"fraction-after-not-after", "Now is a nanosecond after the root's validity", "N-417", "2028-01-01T00:00:00.000000001Z", false, "strict"},
		{"at-not-before", "Now is the first instant of the root's validity", "N-417", "2025-01-01T00:00:00Z", true, "strict"},
		{"before-not-before", "Now is one second before the root's validity", "N-417", "2024-12-31T23:59:59Z", false, "strict"},
		{"expired-permissive", "Expired, which level permissive logs", "N-397", "2029-01-01T00:00:00Z", false, "permissive"},
		{"expired-audit", "Expired, which level audit logs", "N-397", "2029-01-01T00:00:00Z", false, "audit"},
	} {
		both("scheme", "x509-"+each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = short.chain()
			c.stores["ca:shop"] = []any{short.root}
			c.now, c.policy.level = each.now, each.level
			switch {
			case each.good:
			case each.level == "strict":
				c.fails("authenticTimestamp", "certificate-expired")
			default:
				c.logs("authenticTimestamp")
			}
		})
	}
	both("scheme", "authority-with-ca-stores", "A signing authority's signature and only ca stores", "N-240", func(e *Envelope, c *Case) {
		e.signing = saScheme
		c.fails("authenticity", "untrusted-signer")
	})
	both("scheme", "x509-with-authority-stores", "A signature of notary.x509 and only signingAuthority stores", "N-241", func(e *Envelope, c *Case) {
		c.authority()
		c.fails("authenticity", "untrusted-signer")
	})
	both("scheme", "authority-garbage-token", "A signing authority's signature with a timestamp that is garbage", "N-239", func(e *Envelope, c *Case) {
		e.signing = saScheme
		e.token = func([]byte) []byte { return []byte("garbage") }
		c.authority()
	})
	both("scheme", "x509-garbage-token", "A timestamp that is garbage, and no tsa store", "N-415", func(e *Envelope, c *Case) {
		e.token = func([]byte) []byte { return []byte("garbage") }
	})
	both("scheme", "media-type-with-parameter", "The media type of the layer has a parameter", "N-35", func(e *Envelope, c *Case) { c.invalid() })
	both("scheme", "media-type-of-a-layer", "The media type of an image's layer", "N-34", func(e *Envelope, c *Case) { c.invalid() })
	both("scheme", "media-type-of-the-other", "The media type of the other format", "N-36 N-37", func(e *Envelope, c *Case) { c.invalid() })
}

// mediaTypes puts the wrong media types of schemeCases in.
func mediaTypes() {
	for _, each := range cases {
		switch {
		case strings.HasPrefix(each.name, "media-type-with-parameter"):
			each.mediaType += "; charset=utf-8"
		case strings.HasPrefix(each.name, "media-type-of-a-layer"):
			each.mediaType = "application/vnd.oci.image.layer.v1.tar"
		case strings.HasPrefix(each.name, "media-type-of-the-other"):
			if each.mediaType == jwsType {
				each.mediaType = coseType
			} else {
				each.mediaType = jwsType
			}
		}
	}
}

func levelCases() {
	tampered := func(e *Envelope) { e.signature = func(s []byte) []byte { s[7] ^= 1; return s } }
	for _, level := range []string{"permissive", "audit"} {
		both("levels", "tampered-"+level, "A bad signature at level "+level, "N-396", func(e *Envelope, c *Case) {
			tampered(e)
			c.policy.level = level
			c.invalid()
		})
		both("levels", "good-"+level, "A good signature at level "+level, "", func(e *Envelope, c *Case) { c.policy.level = level })
	}
	both("levels", "tampered-skip", "A bad signature at level skip", "N-396", func(e *Envelope, c *Case) {
		tampered(e)
		c.policy = Policy{scopes: c.policy.scopes, level: "skip"}
		c.fails("skip", "skipped")
	})
	both("levels", "revocation-skip", "Revocation is skipped", "", func(e *Envelope, c *Case) {
		c.policy.override = map[string]string{"revocation": "skip"}
	})
	for _, each := range []struct {
		name, title, shows, level string
		override                  map[string]string
		stops                     bool
	}{
		{"strict", "No trusted certificate, strict", "N-318", "strict", nil, true},
		{"permissive", "No trusted certificate, permissive", "N-318", "permissive", nil, true},
		{"audit", "No trusted certificate, audit", "N-318", "audit", nil, false},
		{"strict-log", "No trusted certificate, strict with authenticity logged", "N-400", "strict", map[string]string{"authenticity": "log"}, false},
		{"audit-enforce", "No trusted certificate, audit with authenticity enforced", "N-401", "audit", map[string]string{"authenticity": "enforce"}, true},
	} {
		both("levels", "untrusted-"+each.name, each.title, each.shows, func(e *Envelope, c *Case) {
			e.chain = other.chain()
			c.policy.level, c.policy.override = each.level, each.override
			if each.stops {
				c.fails("authenticity", "untrusted-signer")
			} else {
				c.ofStranger()
			}
		})
	}
	both("levels", "all-logged", "Untrusted and expired in every way at level audit", "", func(e *Envelope, c *Case) {
		e.chain, e.expiry = other.chain(), date(2027)
		c.now, c.policy.level = "2095-01-01T00:00:00Z", "audit"
		c.ofStranger().logs("expiry", "authenticTimestamp")
	})
	both("levels", "two-reasons-of-authenticity", "Untrusted and another identity, logged", "N-402", func(e *Envelope, c *Case) {
		e.chain = other.chain()
		c.policy.level = "audit"
		c.policy.identities = []string{"x509.subject: C=US, ST=WA, O=Nobody"}
		c.ofStranger()
	})
	for _, each := range []struct{ check, outcome string }{{"expiry", "signature-expired"}, {"authenticTimestamp", "certificate-expired"}} {
		both("levels", "strict-log-"+strings.ToLower(each.check), "Strict with "+each.check+" logged", "N-229", func(e *Envelope, c *Case) {
			e.expiry = date(2027)
			c.now = "2095-01-01T00:00:00Z"
			for _, name := range []string{"expiry", "authenticTimestamp"} {
				c.logs(name)
			}
			c.policy.override = map[string]string{each.check: "log"}
			for _, name := range []string{"expiry", "authenticTimestamp"} {
				if name != each.check {
					c.fails(name, map[string]string{"expiry": "signature-expired", "authenticTimestamp": "certificate-expired"}[name])
				}
			}
		})
	}
}
