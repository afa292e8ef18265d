// Answers that are handed over piece by piece, against a server on this machine.
#include <gtest/gtest.h>

#include <condition_variable>

#include "adapters/http/curl_transport.hpp"
#include "adapters/http/loopback_server.hpp"
#include "adapters/run_task.hpp"
#include "support/matchers.hpp"

namespace countersign::http {
namespace {

using std::chrono::milliseconds;
using testing::FailsWith;
using testing::IsOk;
using testing::run;

void say(int peer, std::string_view text) { ::send(peer, text.data(), text.size(), MSG_NOSIGNAL); }
void chunk(int peer, const std::string& text) {
  std::array<char, 16> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
  say(peer, size.data() + text + "\r\n");
}
constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Keeps what comes; has enough after some pieces.
class Kept final : public BodySink {
 public:
  explicit Kept(std::size_t enough = 1000) : enough_(enough) {}
  bool on_body(std::string_view piece) override {
    pieces.emplace_back(piece);
    text += piece;
    return pieces.size() < enough_;
  }
  std::vector<std::string> pieces;
  std::string text;

 private:
  std::size_t enough_;
};

class CurlStreamTest : public ::testing::Test {
 protected:
  /// A gate that the server waits at in the middle of an answer.
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(5), [this] { return open_; });
  }

  void answer(int peer, const std::string& head) {
    if (head.contains(" /events ")) {
      say(peer, kHead);
      chunk(peer, "one\n");
      if (!wait()) return;
      chunk(peer, "two\n");
      say(peer, "0\r\n\r\n");
    } else if (head.contains(" /endless ")) {
      say(peer, kHead);
      for (int i = 0; i < 50; ++i) chunk(peer, std::string(1000, 'x'));
    } else if (head.contains(" /gone ")) {
      say(peer, "HTTP/1.1 410 Gone\r\nContent-Length: 7\r\n\r\nexpired");
    } else if (head.contains(" /cut ")) {
      say(peer, kHead);
      chunk(peer, "half");
      ::shutdown(peer, SHUT_RDWR);
    }  // others are not answered
  }

  [[nodiscard]] Request request(const std::string& path, Method method = Method::kGet) const {
    return {.method = method,
            .url = *Url::parse("http://" + server_.name() + path),
            .route = {.purpose = Purpose::kRegistry,
                      .reach = {.ports = Reach::Ports::kAny, .loopback = true, .plain_http = true},
                      .tls = nullptr},
            .max_body = 10'000,
            .timeout = milliseconds(300)};
  }
  Result<Response> stream(Request what, BodySink& sink, milliseconds span = milliseconds(4000)) {
    return run(context_, transport_.stream(std::move(what), sink, Deadline::after(span)));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  LoopbackServer server_{[this](int peer, const std::string& head) { answer(peer, head); }};
  asio::io_context context_{1};
  CurlTransport transport_{context_};
};

/// Opens the gate when the first piece is there: so it was handed over before the answer's end.
class OpensTheGate final : public BodySink {
 public:
  explicit OpensTheGate(std::function<void()> open) : open_(std::move(open)) {}
  bool on_body(std::string_view piece) override {
    text += piece;
    open_();
    return true;
  }
  std::string text;

 private:
  std::function<void()> open_;
};

TEST_F(CurlStreamTest, HandsOverEachPieceWhenItComes) {
  OpensTheGate sink([this] { open(); });
  const auto response = stream(request("/events"), sink);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(sink.text, "one\ntwo\n");
}

TEST_F(CurlStreamTest, MayBeSilentForLongerThanItsBeginMayTake) {
  Kept sink;
  std::thread later([this] {
    std::this_thread::sleep_for(milliseconds(700));
    open();
  });
  EXPECT_THAT(stream(request("/events"), sink), IsOk());
  later.join();
  EXPECT_EQ(sink.text, "one\ntwo\n");
}

TEST_F(CurlStreamTest, EndsWellWhenTheSinkHasEnough) {
  Kept sink(1);
  const auto response = stream(request("/endless"), sink);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(sink.pieces.size(), 1U);
}

TEST_F(CurlStreamTest, HandsOverNoMoreThanTheLimit) {
  Kept sink;
  EXPECT_THAT(stream(request("/endless"), sink),
              FailsWith(Outcome::kRegistryMisbehaved, "TOO_LARGE"));
  EXPECT_LE(sink.text.size(), 10'000U);
}

TEST_F(CurlStreamTest, GivesTheBodyOfARefusalBack) {
  Kept sink;
  const auto response = stream(request("/gone"), sink);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->status, 410);
  EXPECT_EQ(response->body, "expired");
  EXPECT_EQ(sink.text, "");
}

TEST_F(CurlStreamTest, AnAnswerThatIsCutIsAnError) {
  Kept sink;
  EXPECT_THAT(stream(request("/cut"), sink), FailsWith(Outcome::kRegistryUnreachable, "TRUNCATED"));
  EXPECT_EQ(sink.text, "half");
}

TEST_F(CurlStreamTest, AnAnswerMustBeginInTime) {
  Kept sink;
  EXPECT_THAT(stream(request("/silent"), sink),
              FailsWith(Outcome::kRegistryUnreachable, "TIMEOUT"));
}

TEST_F(CurlStreamTest, EndsAtTheDeadline) {
  Kept sink;
  EXPECT_THAT(stream(request("/events"), sink, milliseconds(500)),
              FailsWith(Outcome::kDeadlineExceeded, "BUDGET_EXHAUSTED"));
  open();
}

TEST_F(CurlStreamTest, OtherMethodsSendTheirBody) {
  for (const Method method : {Method::kPut, Method::kPatch, Method::kPost, Method::kDelete}) {
    Request what = request("/gone", method);
    what.fresh_connection = true;  // the server above does not read bodies
    if (method != Method::kDelete) what.body = "{}";
    const auto response =
        run(context_, transport_.send(std::move(what), Deadline::after(milliseconds(3000))));
    ASSERT_THAT(response, IsOk());
    const std::string head = server_.last_request();
    EXPECT_TRUE(head.starts_with(std::string(name(method)) + " /gone HTTP/1.1")) << head;
    EXPECT_EQ(head.contains("Content-Length: 2"), method != Method::kDelete) << head;
  }
}

}  // namespace
}  // namespace countersign::http
