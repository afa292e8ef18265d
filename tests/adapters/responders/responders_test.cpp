// Who is asked about a certificate, in which order, and what each failure ends in.
#include "adapters/responders/responders.hpp"

#include "adapters/responders/asking.hpp"

namespace countersign::responders {
namespace {

// shows: N-482
TEST_F(Asking, EachCertificateIsAskedAboutButTheRoot) {
  chain(ocsp(), ocsp());
  says({.place = 0});
  says({.place = 1});
  const auto answer = ask();
  ASSERT_EQ(answer.size(), 3U);
  EXPECT_EQ(text(answer[0]), "good");
  EXPECT_EQ(text(answer[1]), "good");
  EXPECT_EQ(text(answer[2]), "none");
  EXPECT_EQ(transport_.asked.size(), 2U);
  for (const http::Request& request : transport_.asked) {
    EXPECT_EQ(request.route.purpose, http::Purpose::kRevocation);
    EXPECT_EQ(request.max_body, 20'480U);
    EXPECT_EQ(request.timeout, 2000ms);
  }
  EXPECT_EQ(counts_.checks, (std::vector<std::string>{"ocsp good", "ocsp good"}));
}

// shows: N-483 N-484 N-486
TEST_F(Asking, RevokedBesideUnknown) {
  chain(ocsp(), ocsp());
  says({.place = 1, .status = Said::kRevoked});
  auto answer = ask();
  EXPECT_TRUE(text(answer[0]).starts_with("unknown: "));
  EXPECT_EQ(text(answer[1]), "revoked");
  forget();
  says({.place = 0, .status = Said::kRevoked});
  answer = ask();
  EXPECT_EQ(text(answer[0]), "revoked");
  EXPECT_TRUE(text(answer[1]).starts_with("unknown: "));
}

// shows: N-485 N-487
TEST_F(Asking, WhatTheResponderDoesNotKnowTheCrlMayKnow) {
  chain(ocsp());
  says({.status = Said::kUnknown});
  EXPECT_EQ(asked(), "unknown: the OCSP responder does not know it");
  chain(both(ocsp(), crl()));
  forget();
  says({.status = Said::kUnknown});
  lists({});
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(counts_.checks.back(), "ocsp-fallback-crl good");
  forget();
  says({.status = Said::kUnknown});
  lists({.entries = {{.serial = kSerials[0]}}});
  EXPECT_EQ(asked(), "revoked");
  forget();
  says({.status = Said::kUnknown});
  EXPECT_EQ(asked(), "unknown: the OCSP responder does not know it; " + std::string(kCrl) +
                         ": HTTP status 404");
}

// shows: N-488
TEST_F(Asking, AResponderThatIsSilent) {
  chain(ocsp());
  fails(ocsp_url());
  EXPECT_EQ(asked(), "unknown: " + std::string(kOcsp) + ": no answer in time");
  chain(both(ocsp(), crl()));
  forget();
  fails(ocsp_url());
  lists({});
  EXPECT_EQ(asked(), "good");
}

// shows: N-489 N-490
TEST_F(Asking, TheFirstResponderThatAnswersDecides) {
  const std::string second = "http://second.example/ocsp";
  chain(ocsp({kOcsp, second}));
  fails(ocsp_url());
  says({}, second);
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.asked.size(), 2U);
  forget();
  says({.status = Said::kRevoked});
  says({}, second);
  EXPECT_EQ(asked(), "revoked");
  EXPECT_EQ(transport_.asked.size(), 1U);
  forget();
  says({.status = Said::kUnknown});
  says({}, second);
  EXPECT_TRUE(asked().starts_with("unknown: "));
  forget();
  transport_.on(ocsp_url(), answer(make_ocsp({.key = &testing::key(testing::KeyKind::kP256, 8)})));
  says({}, second);
  EXPECT_EQ(asked(), "good");
}

// shows: N-491
TEST_F(Asking, OnlyPlainHttp) {
  chain(ocsp({"https://ocsp.example"}));
  EXPECT_TRUE(asked().ends_with(": only http:// addresses are asked")) << asked();
  for (const char* url : {"ldap://crl.example/x", "https://crl.example/x", "ftp://crl.example/x"}) {
    chain(crl({url}));
    EXPECT_EQ(asked(), "unknown: " + std::string(url) + ": only http:// addresses are asked");
    chain(crl({kCrl, url}));
    lists({});
    EXPECT_EQ(asked(), "unknown: " + std::string(url) + ": only http:// addresses are asked");
  }
  EXPECT_TRUE(transport_.asked.empty());
  chain(crl({"HTTP://crl.example/x.crl"}));
  lists({});
  EXPECT_EQ(asked(), "good");
}

// shows: N-499
TEST_F(Asking, AnythingButAnAnswerIsNone) {
  chain(ocsp());
  transport_.on(ocsp_url(), answer(make_ocsp(), 500));
  EXPECT_TRUE(asked().ends_with(": HTTP status 500"));
  forget();
  transport_.on(ocsp_url(), answer(Bytes(20'481)));
  EXPECT_TRUE(asked().ends_with("OCSP response: larger than 20480 bytes")) << asked();
  forget();
  transport_.on(ocsp_url(), answer({}));
  EXPECT_TRUE(asked().ends_with("OCSP response: not one complete DER response"));
}

// shows: N-505
TEST_F(Asking, ALargeQuestionIsPosted) {
  chain([](auto& each) {
    ocsp()(each);
    Bytes serial(120, 0x41);
    each.raw_serial(asn1::tlv(0x02, serial));
  });
  transport_.on("POST " + std::string(kOcsp), [](const http::Request& request) {
    EXPECT_EQ(request.body.front(), '\x30');
    EXPECT_NE(std::ranges::find(request.headers, std::pair<std::string, std::string>(
                                                     "Content-Type", "application/ocsp-request")),
              request.headers.end());
    return Result<http::Response>(answer(make_ocsp()));
  });
  EXPECT_TRUE(asked().ends_with("it is not about this certificate"));
  ASSERT_EQ(transport_.asked.size(), 1U);
  EXPECT_EQ(transport_.asked[0].method, http::Method::kPost);
}

// RV-10.
TEST_F(Asking, RedirectsAreFollowedThreeTimes) {
  chain(crl());
  transport_.on("GET " + std::string(kCrl), to("https://mirror.example/1"));
  transport_.on("GET https://mirror.example/1", to("http://mirror.example/2", 301));
  transport_.on("GET http://mirror.example/2", to("http://mirror.example/3", 308));
  lists({}, "http://mirror.example/3");
  EXPECT_EQ(asked(), "good");
  forget();
  transport_.on("GET " + std::string(kCrl), to("http://mirror.example/1"));
  transport_.on("GET http://mirror.example/1", to("http://mirror.example/1"));
  EXPECT_EQ(asked(), "unknown: " + std::string(kCrl) + ": too many redirects");
  EXPECT_EQ(transport_.asked.size(), 2U) << "a circle is seen at once";
  forget();
  transport_.on("GET " + std::string(kCrl), to("file:///etc/passwd"));
  EXPECT_TRUE(asked().starts_with("unknown: "));
  EXPECT_EQ(transport_.asked.size(), 1U);
}

// shows: N-506 N-507
TEST_F(Asking, ACrlIsAskedForWhole) {
  chain(crl());
  lists({});
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.asked[0].max_body, x509::kCrlTooLarge - 1);
  EXPECT_EQ(transport_.asked[0].timeout, 5000ms);
  EXPECT_EQ(counts_.checks, (std::vector<std::string>{"crl good"}));
  forget();
  lists({.entries = {{.serial = kSerials[0]}}});
  EXPECT_EQ(asked(), "revoked");
}

// shows: N-515
TEST_F(Asking, EveryCrlAddressMustAnswer) {
  const std::string second = "http://crl.example/second.crl";
  chain(crl({kCrl, second}));
  lists({});
  EXPECT_EQ(asked(), "unknown: " + second + ": HTTP status 404");
  forget();
  lists({});
  lists({.entries = {{.serial = kSerials[0]}}}, second);
  EXPECT_EQ(asked(), "revoked");
  forget();
  lists({}, second);
  EXPECT_EQ(asked(), "unknown: " + std::string(kCrl) + ": HTTP status 404");
  EXPECT_EQ(urls(), std::vector<std::string>{kCrl});
  forget();
  lists({.entries = {{.serial = kSerials[0]}}});
  EXPECT_EQ(asked(), "revoked");
  forget();
  lists({});
  lists({}, second);
  EXPECT_EQ(asked(), "good");
  std::vector<std::string> many(9, kCrl);
  chain(crl(many));
  EXPECT_EQ(asked(), "unknown: more than 8 CRL addresses");
}

// shows: N-509 N-510 N-513 N-518
TEST_F(Asking, ACrlThatCannotBeUsed) {
  chain(crl());
  const auto because = [&](const CrlSpec& spec) {
    forget();
    lists(spec);
    return asked();
  };
  const std::string start = "unknown: " + std::string(kCrl) + ": CRL: ";
  EXPECT_EQ(because({.next_update = asn1::utc_time("260515000000Z")}),
            start + "outdated since 2026-05-15T00:00:00Z; now it is 2026-06-01T00:00:00Z");
  EXPECT_EQ(because({.next_update = {}}), start + "it has no nextUpdate");
  EXPECT_EQ(because({.key = &testing::key(testing::KeyKind::kP256, 8)}),
            start + "its signature does not verify with the issuer's key");
  EXPECT_EQ(because({.issuer = testing::acme("root")}), start + "it is of another issuer");
  now_ = "2025-06-01T00:00:00Z";
  EXPECT_EQ(because({}), start +
                             "its thisUpdate, 2026-05-01T00:00:00Z, lies in the future; now it "
                             "is 2025-06-01T00:00:00Z");
  forget();
  transport_.on("GET " + std::string(kCrl), answer(Bytes(x509::kCrlTooLarge)));
  EXPECT_EQ(asked(), start + "32 MiB or more");
}

// shows: N-525 N-526 N-527
TEST_F(Asking, TheBaseSaysWhereItsDeltaIs) {
  chain(crl());
  lists(with_delta());
  lists(delta(), kDelta);
  EXPECT_EQ(asked(), "good");
  forget();
  lists(with_delta());
  lists(delta({{.serial = kSerials[0]}}), kDelta);
  EXPECT_EQ(asked(), "revoked");
  forget();
  lists(with_delta());
  EXPECT_EQ(asked(),
            "unknown: " + std::string(kCrl) + ": its delta CRL: " + kDelta + ": HTTP status 404");
  forget();
  lists(with_delta({"http://crl.example/gone", kDelta}));
  lists(delta(), kDelta);
  EXPECT_EQ(asked(), "good");
  forget();
  lists(with_delta());
  lists({}, kDelta);
  EXPECT_TRUE(asked().ends_with("CRL: a delta CRL without deltaCRLIndicator"));
}

// shows: N-528
TEST_F(Asking, ADeltaThatOnlyTheCertificateNames) {
  chain([](auto& each) {
    crl()(each);
    each.with(testing::freshest({kDelta}));
  });
  lists({});
  lists(delta(), kDelta);
  EXPECT_EQ(asked(), "unknown: " + std::string(kCrl) +
                         ": the certificate names a delta CRL, which this CRL does not");
  forget();
  lists(with_delta());
  lists(delta(), kDelta);
  EXPECT_EQ(asked(), "good");
}

// shows: N-501 N-523
TEST_F(Asking, ASignatureFromBeforeTheInvalidityDateStands) {
  signing_time_ = parse_rfc3339("2026-02-01T00:00:00Z");
  chain(ocsp());
  says({.status = Said::kRevoked, .extensions = {testing::invalidity("20260301000000Z")}});
  EXPECT_EQ(asked(), "good");
  signing_time_ = parse_rfc3339("2026-04-01T00:00:00Z");
  EXPECT_EQ(asked(), "revoked");
  signing_time_ = parse_rfc3339("2026-02-01T00:00:00Z");
  EXPECT_EQ(asked(), "good");
  signing_time_.reset();
  EXPECT_EQ(asked(), "revoked");
  EXPECT_EQ(transport_.asked.size(), 1U);
}

TEST_F(Asking, OnlyFourRespondersAreTried) {
  const std::string good = "http://last.example/";
  for (const std::size_t before : {kMaxOcspUrls - 1, kMaxOcspUrls}) {
    forget();
    std::vector<std::string> addresses;
    for (std::size_t i = 0; i < before; ++i)
      addresses.push_back("http://gone" + std::to_string(i) + ".example/");
    addresses.push_back(good);
    chain(ocsp(addresses));
    for (const std::string& url : addresses) fails(ocsp_url(0, url));
    says({}, good);
    EXPECT_EQ(asked() == "good", before < kMaxOcspUrls) << before;
    EXPECT_EQ(transport_.asked.size(), kMaxOcspUrls);
  }
}

TEST_F(Asking, EightCrlAddressesAreAsked) {
  std::vector<std::string> addresses;
  for (std::size_t i = 0; i < kMaxCrlUrls; ++i)
    addresses.push_back("http://crl.example/" + std::to_string(i));
  chain(crl(addresses));
  for (const std::string& url : addresses) lists({}, url);
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(urls(), addresses);
}

TEST_F(Asking, OnlyFourAddressesOfADeltaAreTried) {
  for (const std::size_t before : {kMaxDeltaUrls - 1, kMaxDeltaUrls}) {
    forget();
    std::vector<std::string> addresses(before, "http://crl.example/gone");
    addresses.emplace_back(kDelta);
    chain(crl());
    lists(with_delta(addresses));
    lists(delta(), kDelta);
    EXPECT_EQ(asked() == "good", before < kMaxDeltaUrls) << before;
  }
}

}  // namespace
}  // namespace countersign::responders
