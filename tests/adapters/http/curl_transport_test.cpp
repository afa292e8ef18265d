// libcurl and Asio together, against a server of plain sockets on loopback.
#include "adapters/http/curl_transport.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>

#include "adapters/http/curl_loop.hpp"
#include "adapters/http/loopback_server.hpp"
#include "adapters/http/transfer.hpp"
#include "adapters/run_task.hpp"
#include "support/matchers.hpp"

namespace countersign::http {
namespace {

using std::chrono::milliseconds;
using testing::FailsWith;
using testing::IsOk;
using testing::run;

class CurlTransportTest : public ::testing::Test {
 protected:
  CurlTransportTest() { transport_ = std::make_unique<CurlTransport>(context_); }
  /// Of a registry that the configuration names.
  static Route named() {
    return {.purpose = Purpose::kRegistry,
            .reach = {.ports = Reach::Ports::kAny,
                      .private_networks = true,
                      .loopback = true,
                      .local_names = true,
                      .plain_http = true},
            .tls = nullptr,
            .egress_allow = nullptr};
  }
  static Route stranger(Purpose purpose) {
    return {
        .purpose = purpose, .reach = {.plain_http = true}, .tls = nullptr, .egress_allow = nullptr};
  }
  [[nodiscard]] Request request(const std::string& path) const { return request(path, named()); }
  [[nodiscard]] Request request(const std::string& path, Route route) const {
    return {.url = *Url::parse("http://" + server_.name() + path),
            .route = std::move(route),
            .max_body = 100};
  }
  Result<Response> get(Request what, milliseconds span = milliseconds(3000)) {
    return run(context_, transport_->send(std::move(what), Deadline::after(span)));
  }
  /// Lets time pass on the loop.
  void spin(milliseconds span) {
    asio::steady_timer timer(context_, span);
    bool over = false;
    timer.async_wait([&](auto) { over = true; });
    context_.restart();
    while (!over && context_.run_one() > 0) {
    }
  }
  static std::size_t open_descriptors() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
  }

  LoopbackServer server_;
  asio::io_context context_{1};
  std::unique_ptr<CurlTransport> transport_;
};

TEST_F(CurlTransportTest, FetchesOverOneConnection) {
  for (int i = 0; i < 20; ++i) {
    const auto response = get(request("/ok"));
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "ok");
  }
  EXPECT_EQ(server_.connections(), 1U);
}

TEST_F(CurlTransportTest, KeepsConnectionsOfDifferentPurposesApart) {
  ASSERT_THAT(get(request("/ok")), IsOk());
  EXPECT_THAT(get(request("/ok", stranger(Purpose::kRedirect))),
              FailsWith(Outcome::kRegistryMisbehaved, "POLICY_BLOCKED_ADDRESS"));
  EXPECT_THAT(get(request("/ok", stranger(Purpose::kRevocation))),
              FailsWith(Outcome::kRevocationUnknown, "POLICY_BLOCKED_ADDRESS"));
  EXPECT_FALSE(get(request("/ok", stranger(Purpose::kRegistry))))
      << "the same address for a registry that is not named";
  EXPECT_EQ(server_.connections(), 1U);
}

TEST_F(CurlTransportTest, SendsNoHeaderThatIsTwo) {
  Request evil = request("/ok");
  evil.headers.emplace_back("Accept", "x\r\nX-Evil: y");
  EXPECT_THAT(get(evil), FailsWith(Outcome::kInternalError, "HTTP_CLIENT"));
  evil = request("/ok");
  evil.authorization = Secret("Bearer x\r\nX-Evil: y");
  EXPECT_THAT(get(evil), FailsWith(Outcome::kInternalError, "HTTP_CLIENT"));
  EXPECT_EQ(server_.connections(), 0U);
}

TEST_F(CurlTransportTest, RefusesBodiesAboveTheLimit) {
  Request small = request("/ok");
  small.max_body = 1;
  EXPECT_THAT(get(small), FailsWith(Outcome::kRegistryMisbehaved, "TOO_LARGE"));
  EXPECT_THAT(get(request("/ok")), IsOk()) << "a handle carries nothing of its last user";
}

TEST_F(CurlTransportTest, TellsItsOwnTimeoutFromTheDeadline) {
  Request slow = request("/silent");
  slow.timeout = milliseconds(150);
  EXPECT_THAT(get(slow), FailsWith(Outcome::kRegistryUnreachable, "TIMEOUT"));
  EXPECT_THAT(get(request("/silent"), milliseconds(150)),
              FailsWith(Outcome::kDeadlineExceeded, "BUDGET_EXHAUSTED"));
  EXPECT_THAT(get(request("/ok"), milliseconds(0)),
              FailsWith(Outcome::kDeadlineExceeded, "BUDGET_EXHAUSTED"));
}

// shows: R-235
TEST_F(CurlTransportTest, HandsOutCleanHandles) {
  Request loaded = request("/ok");
  loaded.method = Method::kPost;
  loaded.body = "x=y";
  loaded.authorization = Secret("Bearer SECRET");
  ASSERT_THAT(get(loaded), IsOk());
  Request head = request("/ok");
  head.method = Method::kHead;
  const auto answered = get(head);
  ASSERT_THAT(answered, IsOk());
  EXPECT_EQ(answered->body, "");
  const auto fetched = get(request("/ok"));
  ASSERT_THAT(fetched, IsOk());
  EXPECT_EQ(fetched->body, "ok");
  EXPECT_TRUE(server_.last_request().starts_with("GET /ok HTTP/1.1\r\n"));
  EXPECT_EQ(server_.last_request().find("Authorization"), std::string::npos);
  EXPECT_EQ(server_.last_request().find("Content-"), std::string::npos);
}

// shows: R-232
TEST_F(CurlTransportTest, CancelsBeforeDuringAndAfter) {
  for (const int when : {0, 1, 2}) {
    asio::cancellation_signal cancel;
    unsigned resumed = 0;
    bool succeeded = false;
    asio::co_spawn(
        context_.get_executor(),
        transport_->send(request(when == 2 ? "/ok" : "/silent"),
                         Deadline::after(milliseconds(3000))),
        asio::bind_cancellation_slot(
            cancel.slot(), [&](std::exception_ptr failure, const Result<Response>& response) {
              ++resumed;
              succeeded = !failure && response;
            }));
    if (when == 0) cancel.emit(asio::cancellation_type::terminal);
    if (when > 0) spin(milliseconds(100));
    cancel.emit(asio::cancellation_type::terminal);
    const auto start = std::chrono::steady_clock::now();
    spin(milliseconds(20));
    EXPECT_EQ(resumed, 1U) << when;
    EXPECT_EQ(succeeded, when == 2);
    EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(500));
    EXPECT_THAT(get(request("/ok")), IsOk()) << "the next one is not disturbed";
  }
}

// shows: R-233
TEST_F(CurlTransportTest, EndsTransfersThatItDoesNotOutlive) {
  unsigned resumed = 0;
  for (int i = 0; i < 20; ++i) {
    asio::co_spawn(context_.get_executor(),
                   transport_->send(request("/silent"), Deadline::after(milliseconds(3000))),
                   [&](std::exception_ptr failure, const Result<Response>& response) {
                     EXPECT_FALSE(failure);
                     EXPECT_THAT(response, FailsWith(Outcome::kDeadlineExceeded, "CANCELLED"));
                     ++resumed;
                   });
  }
  spin(milliseconds(100));
  transport_.reset();
  EXPECT_EQ(resumed, 0U) << "never inline";
  context_.restart();
  context_.run();
  EXPECT_EQ(resumed, 20U);
}

TEST_F(CurlTransportTest, LeaksNothingIfTheContextNeverRunsAgain) {
  asio::co_spawn(context_.get_executor(),
                 transport_->send(request("/silent"), Deadline::after(milliseconds(3000))),
                 [](const std::exception_ptr&, const Result<Response>&) {});
  spin(milliseconds(50));
}

// shows: R-230
TEST_F(CurlTransportTest, KeepsTheCountOfDescriptors) {
  ASSERT_THAT(get(request("/ok")), IsOk());
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 30; ++i) {
    Request fresh = request("/ok");
    fresh.fresh_connection = true;
    ASSERT_THAT(get(fresh), IsOk());
    Request slow = request("/silent");
    slow.timeout = milliseconds(10);
    EXPECT_FALSE(get(slow));
    // Whoever closed a descriptor twice would close this one.
    const int mine = ::dup(0);
    ASSERT_GE(mine, 0);
    ASSERT_THAT(get(request("/ok")), IsOk());
    EXPECT_EQ(::close(mine), 0);
  }
  spin(milliseconds(50));
  EXPECT_LE(open_descriptors(), before + 64) << "pooled connections at most";
  transport_.reset();
  context_.restart();
  context_.run();
}

TEST(HandlePool, BoundsTheBytesOfAllBodies) {
  HandlePool pool;
  EXPECT_TRUE(pool.take_bytes(HandlePool::kMaxBodyBytes));
  EXPECT_FALSE(pool.take_bytes(1));
  pool.give_back_bytes(10);
  EXPECT_TRUE(pool.take_bytes(10));
  EXPECT_FALSE(pool.take_bytes(1));
}

class CurlLoopTest : public CurlTransportTest {
 protected:
  static std::size_t ignore_body(char* /*data*/, std::size_t size, std::size_t count,
                                 void* /*self*/) {
    return size * count;
  }
  static Task<int> fetch(CurlLoop& loop, std::string url) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(),
                                                                   &curl_easy_cleanup);
    curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &CurlLoopTest::ignore_body);
    const CURLcode code = co_await loop.perform(easy.get());
    co_return static_cast<int>(code);
  }
};

// shows: R-231
TEST_F(CurlLoopTest, StartsTransfersWithoutCallingItself) {
  CurlLoop loop(context_.get_executor());
  EXPECT_EQ(*run(context_, fetch(loop, "http://" + server_.name() + "/ok")), CURLE_OK);
  EXPECT_EQ(loop.rebuilt(), 0U);
}

TEST_F(CurlLoopTest, FailsAllAndStartsAnewAfterAFailure) {
  CurlLoop loop(context_.get_executor());
  unsigned failed = 0;
  for (int i = 0; i < 5; ++i) {
    asio::co_spawn(context_.get_executor(), fetch(loop, "http://" + server_.name() + "/silent"),
                   [&](const std::exception_ptr&, const Result<int>& code) {
                     failed += *code == CURLE_SEND_ERROR ? 1 : 0;
                   });
  }
  spin(milliseconds(100));
  EXPECT_EQ(loop.live_transfers(), 5U);
  loop.fail_for_test();
  spin(milliseconds(20));
  EXPECT_EQ(failed, 5U);
  EXPECT_EQ(*run(context_, fetch(loop, "http://" + server_.name() + "/ok")), CURLE_OK);
  EXPECT_EQ(loop.rebuilt(), 1U);
}

}  // namespace
}  // namespace countersign::http
