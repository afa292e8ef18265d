// Who is asked about a certificate, in which order, what is remembered of the answers, and what
// each failure ends in.
#include "adapters/responders/responders.hpp"

#include <gtest/gtest.h>

#include "adapters/http/url.hpp"
#include "adapters/registry/fake_transport.hpp"
#include "support/fake_registry.hpp"
#include "support/revocation_builder.hpp"
#include "support/temporary_folder.hpp"
#include "x509/ocsp.hpp"

namespace countersign::responders {
namespace {

using namespace std::chrono_literals;
using countersign::testing::CrlSpec;
using countersign::testing::Extension;
using countersign::testing::kSerials;
using countersign::testing::make_crl;
using countersign::testing::make_ocsp;
using countersign::testing::OcspSpec;
using countersign::testing::Said;
using countersign::testing::TemporaryFolder;
using revocation::Status;
namespace asn1 = countersign::testing::asn1;

constexpr const char* kOcsp = "http://ocsp.example/";
constexpr const char* kCrl = "http://crl.example/x.crl";
constexpr const char* kDelta = "http://crl.example/delta.crl";

using Edit = testing::Edit;
Edit ocsp(const std::vector<std::string>& urls = {kOcsp}) {
  return [urls](auto& each) {
    std::vector<Bytes> list;
    for (const std::string& url : urls)
      list.push_back(asn1::sequence({asn1::oid("1.3.6.1.5.5.7.48.1"), asn1::text(0x86, url)}));
    each.with({.oid = "1.3.6.1.5.5.7.1.1", .critical = false, .value = asn1::sequence(list)});
  };
}
Edit crl(const std::vector<std::string>& urls = {kCrl}) {
  return [urls](auto& each) {
    std::vector<Bytes> points;
    for (const std::string& url : urls) {
      points.push_back(
          asn1::sequence({asn1::explicit_tag(0, asn1::explicit_tag(0, asn1::text(0x86, url)))}));
    }
    each.with({.oid = "2.5.29.31", .critical = false, .value = asn1::sequence(points)});
  };
}
Edit both(const Edit& one, const Edit& other) {
  return [=](auto& each) {
    one(each);
    other(each);
  };
}

class Counts final : public Observer {
 public:
  std::vector<std::string> checks;
  std::vector<std::string> caches;
  void on_check(std::string_view method, Status status) noexcept override {
    checks.push_back(std::string(method) + (status == Status::kGood      ? " good"
                                            : status == Status::kRevoked ? " revoked"
                                                                         : " unknown"));
  }
  void on_cache(std::string_view cache, std::string_view result,
                std::size_t /*entries*/) noexcept override {
    caches.push_back(std::string(cache) + " " + std::string(result));
  }
};

class Asking : public ::testing::Test {
 protected:
  void chain(const Edit& leaf, const Edit& intermediate = {}) {
    chain_.clear();
    for (const Bytes& der :
         testing::make_chain({.leaf = leaf, .intermediate = intermediate, .root = crl()}).ders)
      chain_.push_back(*x509::Certificate::parse(der));
  }

  static http::Response answer(const Bytes& body, long status = 200) {
    http::Response response;
    response.status = status;
    response.body = as_text(body);
    return response;
  }
  static http::Response to(const std::string& url, long status = 302) {
    http::Response response;
    response.status = status;
    response.redirect_url = url;
    return response;
  }
  std::string ocsp_url(std::size_t place = 0, std::string url = kOcsp) const {
    if (!url.ends_with('/')) url += '/';
    return "GET " + url +
           http::percent_encode(to_base64(x509::ocsp_request(chain_[place], chain_[place + 1])));
  }
  void says(const OcspSpec& spec, const std::string& url = kOcsp) {
    transport_.on(ocsp_url(spec.place, url), answer(make_ocsp(spec)));
  }
  void lists(const CrlSpec& spec, const std::string& url = kCrl) {
    transport_.on("GET " + url, answer(make_crl(spec)));
  }
  void fails(const std::string& what) {
    transport_.on(what, Error(Outcome::kRegistryUnreachable, "TIMEOUT", "no answer in time"));
  }

  revocation::ChainAnswer ask(Deadline deadline = Deadline::after(1h)) {
    Responders responders(transport_, store_, &counts_);
    revocation::ChainQuestion question{
        .chain = chain_, .signing_time = signing_time_, .now = *parse_rfc3339(now_)};
    return testing::run(responders.statuses_of(std::move(question), deadline));
  }
  /// Of the leaf: "good", "revoked", "none", or "unknown: " and why.
  std::string asked(Deadline deadline = Deadline::after(1h)) {
    const auto answer = ask(deadline);
    return text(answer.front());
  }
  static std::string text(const revocation::CertificateStatus& status) {
    switch (status.status) {
      case Status::kGood:
        return "good";
      case Status::kRevoked:
        return "revoked";
      case Status::kNonRevocable:
        return "none";
      case Status::kUnknown:
        break;
    }
    return "unknown: " + status.reason;
  }
  [[nodiscard]] std::vector<std::string> urls() const {
    std::vector<std::string> out;
    for (const http::Request& request : transport_.asked) out.push_back(request.url);
    return out;
  }
  void forget() {
    store_ = std::make_shared<SharedStore>();
    transport_.asked.clear();
    transport_.answers.clear();
  }

  std::vector<x509::Certificate> chain_;
  registry::FakeTransport transport_;
  std::shared_ptr<SharedStore> store_ = std::make_shared<SharedStore>();
  Counts counts_;
  std::optional<Instant> signing_time_;
  const char* now_ = "2026-06-01T00:00:00Z";
};

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
    EXPECT_EQ(request.purpose, http::Purpose::kRevocation);
    EXPECT_EQ(request.max_body, 20'480U);
    EXPECT_EQ(request.timeout, 2000ms);
    EXPECT_EQ(request.registry, "");
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

// shows: N-491 N-517
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
  EXPECT_EQ(transport_.asked.size(), 4U);
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

// shows: N-514 N-515 N-516
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

CrlSpec with_delta(std::vector<std::string> urls = {kDelta}) {
  CrlSpec spec;
  spec.extensions.push_back(testing::freshest(urls));
  return spec;
}
CrlSpec delta(std::vector<testing::EntrySpec> entries = {}) {
  return {.entries = std::move(entries),
          .extensions = {testing::crl_number(6), testing::delta_indicator(5)}};
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

// shows: N-529
TEST_F(Asking, AnAnswerIsUsedUntilItEnds) {
  chain(both(ocsp(), crl()));
  fails(ocsp_url());
  lists({});
  EXPECT_EQ(asked(), "good");
  const std::size_t first = transport_.asked.size();
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.count("GET " + std::string(kCrl)), 1U);
  EXPECT_EQ(transport_.asked.size(), first);  // the failure is remembered for seconds too
  // In the last quarter of its life it is fetched anew; while that fails, it is still there.
  now_ = "2026-06-25T00:00:00Z";
  transport_.on("GET " + std::string(kCrl), answer({}, 503));
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.count("GET " + std::string(kCrl)), 2U);
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.count("GET " + std::string(kCrl)), 2U);
  now_ = "2026-06-26T00:00:00Z";
  lists({.next_update = asn1::utc_time("260801000000Z")});
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.count("GET " + std::string(kCrl)), 3U);
  // Past its end it is fetched, or nothing is known.
  now_ = "2026-08-02T00:00:00Z";
  transport_.on("GET " + std::string(kCrl), answer({}, 503));
  EXPECT_TRUE(asked().starts_with("unknown: "));
}

TEST_F(Asking, AFailureIsRememberedForSecondsOnly) {
  chain(ocsp());
  fails(ocsp_url());
  EXPECT_TRUE(asked().starts_with("unknown: "));
  EXPECT_TRUE(asked().starts_with("unknown: "));
  EXPECT_EQ(transport_.asked.size(), 1U);
  // What our own haste cut short is no failure of the server.
  forget();
  EXPECT_TRUE(asked(Deadline::after(0ms)).starts_with("unknown: "));
  says({});
  EXPECT_EQ(asked(), "good");
}

// What is asked of the same address on behalf of another issuer is another question.
TEST_F(Asking, AnswersAreKeptByIssuer) {
  chain(crl());
  lists({});
  EXPECT_EQ(asked(), "good");
  chain_.clear();
  for (const Bytes& der : testing::make_chain({.leaf = crl(), .first_key = 20}).ders)
    chain_.push_back(*x509::Certificate::parse(der));
  EXPECT_TRUE(asked().ends_with("its signature does not verify with the issuer's key"));
  chain(crl());
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.asked.size(), 2U);
}

// Decisions 26.
TEST_F(Asking, OnceRevokedOnlyNewerDataClears) {
  chain(both(ocsp(), crl()));
  says({.status = Said::kRevoked});
  EXPECT_EQ(asked(), "revoked");
  const auto reopened = [&] {
    store_->ocsp = std::make_shared<AnswerCache>(kOcspCacheLimits);
    store_->crls = std::make_shared<AnswerCache>(kCrlCacheLimits);
    transport_.answers.clear();
  };
  reopened();
  EXPECT_EQ(asked(), "revoked");  // everybody is down
  reopened();
  says({});  // as old as what said revoked
  EXPECT_EQ(asked(), "revoked");
  reopened();
  lists({});
  EXPECT_EQ(asked(), "revoked");
  reopened();
  lists({.this_update = asn1::utc_time("260501000001Z")});
  EXPECT_EQ(asked(), "good");
  reopened();
  EXPECT_TRUE(asked().starts_with("unknown: "));
}

// A server must not take back what it published, by an older list.
TEST_F(Asking, AnOlderListIsNoNews) {
  chain(crl());
  now_ = "2026-06-25T00:00:00Z";
  lists({.this_update = asn1::utc_time("260601000000Z"), .entries = {{.serial = 7}}});
  EXPECT_EQ(asked(), "good");
  now_ = "2026-06-26T00:00:00Z";
  lists({.this_update = asn1::utc_time("260501000000Z"), .entries = {{.serial = kSerials[0]}}});
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(transport_.asked.size(), 2U);
}

// VE-13.
TEST_F(Asking, TheDeadlineCutsShort) {
  chain(both(ocsp(), crl()), crl());
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(asked(Deadline::after(0ms)).starts_with("unknown: "));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(Asking, FewListsAreDownloadedAtATime) {
  chain(crl());
  lists({});
  store_->crl_downloads = kMaxCrlDownloads;
  EXPECT_EQ(asked(Deadline::after(50ms)),
            "unknown: " + std::string(kCrl) + ": no time was left to ask");
  store_->crl_downloads = kMaxCrlDownloads - 1;
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(store_->crl_downloads, kMaxCrlDownloads - 1);
}

// shows: N-529 N-530
TEST_F(Asking, ListsSurviveARestart) {
  const TemporaryFolder folder;
  chain(crl());
  lists({});
  store_->folder.emplace(folder.path());
  EXPECT_EQ(asked(), "good");
  forget();
  store_->folder.emplace(folder.path());
  EXPECT_EQ(asked(), "good");
  EXPECT_TRUE(transport_.asked.empty());
  // Whatever stands there is verified.
  for (const Bytes& bad :
       {Bytes{}, Bytes{1, 2, 3},
        make_crl({.issuer = testing::acme("root"), .key = &testing::issuer_key(1)})}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      std::ofstream(entry.path(), std::ios::binary) << as_text(bad);
    forget();
    store_->folder.emplace(folder.path());
    EXPECT_TRUE(asked().ends_with("HTTP status 404"));
    store_ = std::make_shared<SharedStore>();
    store_->folder.emplace(folder.path());
    lists({});
    EXPECT_EQ(asked(), "good");
  }
  // What has ended meanwhile is fetched.
  forget();
  store_->folder.emplace(folder.path());
  now_ = "2026-08-01T00:00:00Z";
  EXPECT_TRUE(asked().ends_with("HTTP status 404"));
  // A folder that is not there costs nothing but speed.
  now_ = "2026-06-01T00:00:00Z";
  forget();
  store_->folder.emplace(folder.path("none"));
  lists({});
  EXPECT_EQ(asked(), "good");
}

TEST_F(Asking, OfflineNothingGoesOverTheNetwork) {
  const TemporaryFolder folder;
  chain(both(ocsp(), crl()), crl());
  const auto offline = [&] {
    store_ = std::make_shared<SharedStore>();
    auto opened = OfflineFolder::open(folder.path());
    ASSERT_TRUE(opened) << opened.error().message();
    store_->offline = *std::move(opened);
  };
  offline();
  EXPECT_EQ(asked(), "unknown: no CRL of its issuer in the offline folder");
  folder.write("leaf.crl", as_text(make_crl({})));
  folder.project("mounted", "root.pem", testing::pem("X509 CRL", make_crl({.place = 1})));
  folder.link("root.pem", "mounted/..data/root.pem");
  offline();
  auto answer = ask();
  EXPECT_EQ(text(answer[0]), "good");
  EXPECT_EQ(text(answer[1]), "good");
  folder.write("newer.crl", as_text(make_crl({.this_update = asn1::utc_time("260502000000Z"),
                                              .entries = {{.serial = kSerials[0]}}})));
  offline();
  EXPECT_EQ(asked(), "revoked");
  folder.write("leaf.ocsp", as_text(make_ocsp()));
  offline();
  EXPECT_EQ(asked(), "good");
  EXPECT_EQ(counts_.checks[counts_.checks.size() - 2], "ocsp good");
  now_ = "2026-08-01T00:00:00Z";
  EXPECT_TRUE(asked().starts_with("unknown: CRL: outdated")) << asked();
  EXPECT_TRUE(transport_.asked.empty());
}

TEST_F(Asking, OfflineAPartOfAListIsNotTheWhole) {
  const TemporaryFolder folder;
  chain(crl());
  const auto judged = [&](const std::vector<CrlSpec>& specs) {
    for (std::size_t i = 0; i < specs.size(); ++i)
      folder.write(std::to_string(i), as_text(make_crl(specs[i])));
    store_ = std::make_shared<SharedStore>();
    store_->offline = *OfflineFolder::open(folder.path());
    return asked();
  };
  const auto scoped = [](Extension scope) {
    CrlSpec spec;
    spec.extensions.push_back(std::move(scope));
    return spec;
  };
  const std::string none = "unknown: no CRL of its issuer in the offline folder";
  EXPECT_EQ(judged({scoped(testing::scope({}, {"http://crl.example/another"}))}), none);
  EXPECT_EQ(judged({scoped({.oid = testing::kScopeType,
                            .critical = true,
                            .value = asn1::sequence({asn1::tlv(0x83, Bytes{1, 2})})})}),
            none);
  EXPECT_EQ(judged({scoped(testing::scope({}, {kCrl}))}), "good");
  EXPECT_EQ(judged({with_delta()}),
            "unknown: the CRL in the offline folder has a delta CRL, and none fits");
  EXPECT_EQ(judged({with_delta(), delta()}), "good");
  EXPECT_EQ(judged({with_delta(), delta({{.serial = kSerials[0]}})}), "revoked");
}

}  // namespace
}  // namespace countersign::responders
