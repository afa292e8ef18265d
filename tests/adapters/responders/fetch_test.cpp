// How a question goes over HTTP.
#include "adapters/responders/fetch.hpp"

#include <gtest/gtest.h>

#include "adapters/registry/fake_transport.hpp"
#include "adapters/run_task.hpp"
#include "support/matchers.hpp"

namespace countersign::responders {
namespace {

using namespace std::chrono_literals;
using countersign::testing::FailsWith;

class Fetch : public ::testing::Test {
 protected:
  Result<std::string> ocsp(const std::string& url, const Bytes& request) {
    asio::io_context context;
    return testing::run(context, fetch_ocsp(transport_, {}, url, request, Deadline::after(1h)));
  }
  registry::FakeTransport transport_;
};

// RV-20: exactly one slash, and everything escaped that means something in a URL.
TEST_F(Fetch, TheQuestionGoesIntoTheUrl) {
  const Bytes request = {0xFB, 0xEF, 0xFF};  // "++//"
  for (const char* url : {"http://o.example", "http://o.example/"}) {
    static_cast<void>(ocsp(url, request));
    EXPECT_EQ(transport_.asked.back().url.to_string(), "http://o.example/%2B%2B%2F%2F");
  }
  static_cast<void>(ocsp("http://o.example/ocsp", request));
  EXPECT_EQ(transport_.asked.back().url.to_string(), "http://o.example/ocsp/%2B%2B%2F%2F");
  static_cast<void>(ocsp("http://o.example/ocsp?ca=1", request));
  EXPECT_EQ(transport_.asked.back().url.to_string(), "http://o.example/ocsp?ca=1");
  EXPECT_EQ(transport_.asked.back().method, http::Method::kPost);
}

TEST_F(Fetch, TheSizeDecidesTheMethod) {
  // 189 bytes are 252 characters, 192 are 256; of zeros nothing has to be escaped.
  static_cast<void>(ocsp("http://o.example", Bytes(189)));
  EXPECT_EQ(transport_.asked.back().method, http::Method::kGet);
  static_cast<void>(ocsp("http://o.example", Bytes(190)));
  EXPECT_EQ(transport_.asked.back().method, http::Method::kPost);
  // 0xFF is written with slashes, each of which needs three characters.
  static_cast<void>(ocsp("http://o.example", Bytes(100, 0xFF)));
  EXPECT_EQ(transport_.asked.back().method, http::Method::kPost);
}

TEST_F(Fetch, APostedQuestionIsNotDropped) {
  const auto to = [](long status) {
    http::Response response;
    response.status = status;
    response.redirect_url = "http://p.example/";
    return response;
  };
  http::Response done;
  done.status = 200;
  done.body = "answer";
  transport_.on("POST http://p.example/", done);
  transport_.on("POST http://o.example/", to(307));
  EXPECT_EQ(*ocsp("http://o.example", Bytes(300)), "answer");
  EXPECT_EQ(transport_.asked.back().body.size(), 300U);
  transport_.on("POST http://o.example/", to(302));
  EXPECT_THAT(ocsp("http://o.example", Bytes(300)),
              FailsWith(Outcome::kRevocationUnknown, "RV-21"));
}

TEST_F(Fetch, WhatIsNoUrlIsNotAsked) {
  for (const char* url : {"", "http://", "http://user@o.example", "http://o.exa mple", "//o"}) {
    EXPECT_THAT(ocsp(url, {1}), FailsWith(Outcome::kRevocationUnknown, "RV-21")) << url;
  }
  EXPECT_TRUE(transport_.asked.empty());
}

}  // namespace
}  // namespace countersign::responders
