#pragma once
/// Responders before servers that say what a test wants.

#include <gtest/gtest.h>

#include "adapters/http/url.hpp"
#include "adapters/registry/fake_transport.hpp"
#include "adapters/responders/responders.hpp"
#include "async/loop.hpp"
#include "async/run_to_end.hpp"
#include "support/fake_registry.hpp"
#include "support/revocation_builder.hpp"
#include "x509/ocsp.hpp"

namespace countersign::responders {

using namespace std::chrono_literals;
using countersign::testing::CrlSpec;
using countersign::testing::kSerials;
using countersign::testing::make_crl;
using countersign::testing::make_ocsp;
using countersign::testing::OcspSpec;
using countersign::testing::Said;
using revocation::Status;
namespace asn1 = countersign::testing::asn1;

inline constexpr const char* kOcsp = "http://ocsp.example/";
inline constexpr const char* kCrl = "http://crl.example/x.crl";
inline constexpr const char* kDelta = "http://crl.example/delta.crl";

using Edit = testing::Edit;
inline Edit ocsp(const std::vector<std::string>& urls = {kOcsp}) {
  return [urls](auto& each) {
    std::vector<Bytes> list;
    for (const std::string& url : urls)
      list.push_back(asn1::sequence({asn1::oid("1.3.6.1.5.5.7.48.1"), asn1::text(0x86, url)}));
    each.with({.oid = "1.3.6.1.5.5.7.1.1", .critical = false, .value = asn1::sequence(list)});
  };
}
inline Edit crl(const std::vector<std::string>& urls = {kCrl}) {
  return [urls](auto& each) {
    std::vector<Bytes> points;
    for (const std::string& url : urls) {
      points.push_back(
          asn1::sequence({asn1::explicit_tag(0, asn1::explicit_tag(0, asn1::text(0x86, url)))}));
    }
    each.with({.oid = "2.5.29.31", .critical = false, .value = asn1::sequence(points)});
  };
}
inline Edit both(const Edit& one, const Edit& other) {
  return [=](auto& each) {
    one(each);
    other(each);
  };
}

class Counts final : public ports::Observer {
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
    Loop loop;
    BackRoom back_room;
    TaskSet tasks(loop.get_executor(), real_clock(), {});
    Responders responders(transport_, *store_, back_room, tasks, &counts_);
    revocation::ChainQuestion question{
        .chain = chain_, .signing_time = signing_time_, .now = *parse_rfc3339(now_)};
    auto answer = *run_to_end(loop, responders.statuses_of(std::move(question), places_, deadline));
    EXPECT_TRUE(*run_to_end(loop, tasks.end(Deadline(real_clock().now() + 10s))));
    return answer;
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
    for (const http::Request& request : transport_.asked) out.push_back(request.url.to_string());
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
  Places places_;
  Counts counts_;
  std::optional<Instant> signing_time_;
  const char* now_ = "2026-06-01T00:00:00Z";
};

inline CrlSpec with_delta(std::vector<std::string> urls = {kDelta}) {
  CrlSpec spec;
  spec.extensions.push_back(testing::freshest(urls));
  return spec;
}
inline CrlSpec delta(std::vector<testing::EntrySpec> entries = {}) {
  return {.entries = std::move(entries),
          .extensions = {testing::crl_number(6), testing::delta_indicator(5)}};
}

}  // namespace countersign::responders
