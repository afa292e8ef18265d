// When the last request of a server that drains has ended, somebody hears of it.
#include "server/server_state.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "async/running.hpp"

namespace countersign::server {
namespace {

using countersign::testing::Running;
using countersign::testing::TestLoop;
using Why = Wakeup::Why;

asio::awaitable<Why, Executor> wait(Wakeup& news) {
  const Why why = co_await news.wait();
  co_return why;
}

class Requests : public ::testing::Test {
 protected:
  Requests() { state.last_request_ended = news.remote(); }
  ~Requests() override {
    news.wake();
    loop.turn();
  }

  TestLoop loop;
  FalseClock clock;
  Wakeup news{loop.executor(), clock};
  ServerState state;
  Running<Why> waiting{loop, wait(news)};
};

TEST_F(Requests, TheLastOfAServerThatDrainsIsNews) {
  std::optional<UnderWay> first(state);
  std::optional<UnderWay> second(state);
  EXPECT_EQ(state.requests, 2U);
  state.draining = true;
  first.reset();
  loop.turn();
  EXPECT_FALSE(waiting.ended) << "one is still under way";
  second.reset();
  loop.turn();
  EXPECT_TRUE(waiting.ended);
  EXPECT_EQ(state.requests, 0U);
}

TEST_F(Requests, TheLastOfAServerThatGoesOnIsNone) {
  {
    const UnderWay only(state);
  }
  loop.turn();
  EXPECT_FALSE(waiting.ended);
}

}  // namespace
}  // namespace countersign::server
