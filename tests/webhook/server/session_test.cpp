// One connection against a stream that follows a script: every step of it fails once, and time
// stands still.
#include "server/session.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "async/running.hpp"
#include "async/wakeup.hpp"

namespace countersign::server {
namespace {

using namespace std::chrono_literals;
using countersign::testing::Running;
using countersign::testing::TestLoop;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using State = Progress::State;

/// What the other side sends, and what it hears. Each step counts, and the one of number `fails_at`
/// finds the connection broken.
struct Script {
  std::deque<std::string> input;  ///< pieces, each after a wait
  bool then_silent = false;       ///< else the other side closes
  std::size_t room = 1'000'000;   ///< bytes that a write takes before there is no room for a while
  std::size_t fails_at = 0;       ///< 0: never

  std::string heard;
  std::size_t steps = 0;
  bool closed = false;
  bool said_goodbye = false;
};

class ScriptedStream final : public Stream {
 public:
  ScriptedStream(Script& script, Executor executor, Clock& clock)
      : script_(script), silence_(executor, clock) {}

  Progress handshake() override { return step() ? Progress{.state = State::kDone} : broken(); }
  Progress read(std::span<char> to) override {
    if (!step()) return broken();
    if (arrived_.empty()) return {.state = ended_ ? State::kEnded : State::kWaitsForInput};
    const std::size_t count = std::min(to.size(), arrived_.size());
    std::copy_n(arrived_.begin(), count, to.begin());
    arrived_.erase(0, count);
    return {.state = State::kDone, .bytes = count};
  }
  [[nodiscard]] bool has_input() const override { return !arrived_.empty(); }
  Progress write(std::span<const char> from) override {
    if (!step()) return broken();
    if (room_ == 0) return {.state = State::kWaitsForRoom};
    const std::size_t count = std::min(from.size(), room_);
    script_.heard.append(from.data(), count);
    room_ -= count;
    return {.state = State::kDone, .bytes = count};
  }
  Progress shutdown() override {
    if (!step()) return broken();
    script_.said_goodbye = true;
    return {.state = State::kDone};
  }
  asio::awaitable<bool, Executor> ready(Progress progress) override {
    const bool waits =
        progress.state == State::kWaitsForInput || progress.state == State::kWaitsForRoom;
    if (!step() || script_.closed || !waits) co_return false;
    if (progress.state == State::kWaitsForRoom) {
      room_ = script_.room;
      co_return true;
    }
    if (!script_.input.empty()) {
      arrived_ = script_.input.front();
      script_.input.pop_front();
      co_return true;
    }
    if (!script_.then_silent) {
      ended_ = true;
      co_return true;
    }
    const Wakeup::Why why = co_await silence_.wait();
    static_cast<void>(why);
    co_return false;
  }
  asio::awaitable<void, Executor> linger() override { co_return; }
  [[nodiscard]] bool is_open() const override { return !script_.closed; }
  void close() noexcept override {
    script_.closed = true;
    silence_.wake();
  }
  void cancel() noexcept override { silence_.wake(); }

 private:
  bool step() { return ++script_.steps != script_.fails_at; }
  static Progress broken() { return {.state = State::kEnded}; }

  Script& script_;
  Wakeup silence_;
  std::string arrived_;
  std::size_t room_ = script_.room;
  bool ended_ = false;
};

/// Answers with what it was asked, after a time.
class Echo final : public Handler {
 public:
  explicit Echo(Clock& clock) : clock_(clock) {}
  std::vector<std::string> asked;
  std::chrono::milliseconds takes{0};
  bool throws = false;

  asio::awaitable<void, Executor> handle(const Request& request, Reply& reply) override {
    asked.push_back(std::string(request.method) + " " + std::string(request.target) + " " +
                    std::string(request.body));
    if (throws) throw std::bad_alloc();
    if (takes > 0ms) {
      const bool slept = co_await sleep_for(clock_, takes);
      static_cast<void>(slept);
    }
    reply.body = asked.back();
  }

 private:
  Clock& clock_;
};

std::string post(const std::string& body, const std::string& more = "") {
  return "POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class Sessions : public ::testing::Test {
 protected:
  void begin() {
    session = make_session(loop.executor(), state, handler,
                           std::make_unique<ScriptedStream>(script, loop.executor(), clock), clock);
    running = std::make_unique<Running<void>>(loop, session->run());
    loop.turn();
  }
  void pass(std::chrono::seconds span) {
    clock.advance(span);
    session->sweep(clock.now());
    loop.turn();
  }
  void end() {
    running.reset();
    session.reset();
  }
  void expect_at_rest() {
    EXPECT_EQ(state.connections, 0U);
    EXPECT_EQ(state.requests, 0U);
    EXPECT_EQ(state.body_bytes, 0U);
  }

  FalseClock clock;
  TestLoop loop;
  ServerState state;
  Script script;
  Echo handler{clock};
  std::unique_ptr<Session> session;
  std::unique_ptr<Running<void>> running;
};

TEST_F(Sessions, RequestsOfOneConnectionAreAnsweredInTheirOrder) {
  script.input = {post("one"), post("two") + post("three")};
  begin();
  ASSERT_TRUE(running->ended);
  EXPECT_THAT(handler.asked,
              ElementsAre("POST /validate one", "POST /validate two", "POST /validate three"));
  const std::size_t one = script.heard.find("POST /validate one");
  const std::size_t two = script.heard.find("POST /validate two");
  const std::size_t three = script.heard.find("POST /validate three");
  EXPECT_LT(one, two);
  EXPECT_LT(two, three);
  ASSERT_NE(three, std::string::npos);
  end();
  expect_at_rest();
}

TEST_F(Sessions, ARequestInPiecesIsOneRequest) {
  std::deque<std::string> pieces;
  for (const char c : post("in pieces")) pieces.emplace_back(1, c);
  script.input = pieces;
  script.room = 5;
  begin();
  EXPECT_THAT(handler.asked, ElementsAre("POST /validate in pieces"));
  EXPECT_THAT(script.heard, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(script.heard, EndsWith("POST /validate in pieces"));
  end();
}

/// The connection breaks at each step in turn. Whatever was begun ends, nothing is answered twice,
/// and what was counted is given back.
TEST_F(Sessions, EveryStepFailsOnce) {
  const std::string first = post("one", "Expect: 100-continue\r\n");
  const auto play = [&](std::size_t fails_at) {
    script = Script{.input = {first.substr(0, 20), first.substr(20, 90), first.substr(110),
                              post("two") + post(std::string(70'000, 'x')).substr(0, 200),
                              std::string(70'000 - 100, 'x')},
                    .room = 64,
                    .fails_at = fails_at,
                    .heard = {}};
    handler.asked.clear();
    begin();
    EXPECT_TRUE(running->ended) << "step " << fails_at;
    EXPECT_FALSE(running->failure) << "step " << fails_at;
    end();
    expect_at_rest();
  };
  play(0);
  const std::size_t steps = script.steps;
  ASSERT_GT(steps, 20U);
  const std::string whole = script.heard;
  for (std::size_t step = 1; step <= steps; ++step) {
    play(step);
    EXPECT_TRUE(whole.starts_with(script.heard) || script.heard.size() <= whole.size())
        << "step " << step << ": said something else";
    EXPECT_LE(handler.asked.size(), 3U);
    EXPECT_THAT(script.heard, ::testing::Not(HasSubstr(" 500 "))) << "step " << step;
  }
}

TEST_F(Sessions, AHandlerThatThrowsIsAnInternalError) {
  handler.throws = true;
  script.input = {post("one")};
  begin();
  EXPECT_THAT(script.heard, StartsWith("HTTP/1.1 500"));
  end();
  expect_at_rest();
}

TEST_F(Sessions, WhoSaysNothingIsLetGoAfterAWhile) {
  script.then_silent = true;
  begin();
  pass(state.limits.idle_timeout - 1s);
  EXPECT_FALSE(running->ended);
  pass(2s);
  EXPECT_TRUE(running->ended);
  EXPECT_TRUE(script.said_goodbye);
  EXPECT_THAT(script.heard, IsEmpty());
  end();
  expect_at_rest();
}

TEST_F(Sessions, WhoStopsInTheMiddleOfARequestIsCutOff) {
  script.input = {post("one").substr(0, 50)};
  script.then_silent = true;
  begin();
  pass(state.limits.receive_timeout - 1s);
  EXPECT_FALSE(running->ended);
  pass(2s);
  EXPECT_TRUE(running->ended);
  EXPECT_TRUE(script.closed);
  EXPECT_THAT(handler.asked, IsEmpty());
  end();
  expect_at_rest();
}

TEST_F(Sessions, AHandlerHasItsTime) {
  handler.takes = 30s;
  script.input = {post("one")};
  script.then_silent = true;
  begin();
  EXPECT_FALSE(running->ended);
  pass(30s);
  EXPECT_FALSE(script.closed) << "it was cut off while it worked";
  EXPECT_THAT(script.heard, EndsWith("POST /validate one"));
  session->end_if_idle();
  loop.turn();
  EXPECT_TRUE(running->ended);
  end();
  expect_at_rest();
}

TEST_F(Sessions, ADrainEndsTheConnectionAfterTheReply) {
  script.input = {post("one"), post("two")};
  state.draining = true;
  begin();
  EXPECT_TRUE(running->ended);
  EXPECT_THAT(handler.asked, ElementsAre("POST /validate one"));
  EXPECT_THAT(script.heard, HasSubstr("Connection: close"));
  end();
}

TEST_F(Sessions, LargeBodiesHaveOneBudget) {
  const std::string large = post(std::string(100'000, 'x'));
  state.body_bytes = state.limits.max_body_bytes_in_flight - 99'999;
  script.input = {large};
  begin();
  EXPECT_THAT(script.heard, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(handler.asked, IsEmpty());
  end();
  script = Script{.input = {large}, .heard = {}};
  state.body_bytes = state.limits.max_body_bytes_in_flight - 100'000;
  begin();
  EXPECT_THAT(script.heard, StartsWith("HTTP/1.1 200"));
  end();
  EXPECT_EQ(state.body_bytes, state.limits.max_body_bytes_in_flight - 100'000);
}

}  // namespace
}  // namespace countersign::server
