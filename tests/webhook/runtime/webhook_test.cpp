// The whole webhook as an object: it opens, serves, takes a new generation, and ends.
#include "runtime/webhook.hpp"

#include <gmock/gmock.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "webhook/runtime/program.hpp"

namespace countersign::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

GenerationPtr on_loopback(std::uint64_t number) {
  auto generation = std::make_shared<Generation>(*testing::generation_of(number));
  generation->configuration.server.address.value.host = "127.0.0.1";
  generation->configuration.server.address.value.port = 0;
  generation->configuration.server.ops.value.host = "127.0.0.1";
  generation->configuration.server.ops.value.port = 0;
  return generation;
}

/// One request over plain HTTP, to the probes' port.
std::string get(std::uint16_t port, const std::string& path) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::write(socket,
              asio::buffer("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  std::string answer;
  boost::system::error_code end;
  asio::read(socket, asio::dynamic_buffer(answer), end);
  return answer;
}

struct Running {
  explicit Running(unsigned workers = 2)
      : webhook(on_loopback(1), log, {.workers = workers, .signals = Webhook::Signals::kIgnored}) {
    const auto opened = webhook.open();
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message());
    thread = std::jthread([this] { webhook.run(); });
  }
  ~Running() {
    webhook.stop(Webhook::Haste::kNow);
    thread.join();
  }
  testing::LinesSink sink;
  ops::Log log{sink, ops::Level::kInfo};
  Webhook webhook;
  std::jthread thread;
};

TEST(WebhookTest, ServesProbesAndTheGenerationThatWasPublishedLast) {
  Running running;
  EXPECT_THAT(get(running.webhook.ops_port(), "/livez"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(get(running.webhook.ops_port(), "/readyz?verbose"), HasSubstr("generation 1\n"));
  running.webhook.publish(on_loopback(7));
  EXPECT_THAT(get(running.webhook.ops_port(), "/readyz?verbose"), HasSubstr("generation 7\n"));
  EXPECT_THAT(get(running.webhook.ops_port(), "/metrics"),
              HasSubstr("countersign_config_generation 7"));
  EXPECT_NE(running.webhook.port(), 0);
}

TEST(WebhookTest, EndsWhenItIsToldTwice) {
  Running running(1);
  running.webhook.stop(Webhook::Haste::kDrain);
  while (!get(running.webhook.ops_port(), "/readyz").starts_with("HTTP/1.1 503"))
    std::this_thread::sleep_for(5ms);
}

TEST(WebhookTest, APortThatIsTakenIsTheOperatorsToMend) {
  Running running(1);
  auto generation = std::make_shared<Generation>(*on_loopback(1));
  generation->configuration.server.address.value.port = running.webhook.port();
  testing::LinesSink sink;
  const ops::Log log(sink, ops::Level::kInfo);
  Webhook second(generation, log, {.signals = Webhook::Signals::kIgnored});
  const auto opened = second.open();
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is_mistake());
  EXPECT_THAT(opened.error().message(), HasSubstr("cannot listen on 127.0.0.1"));
}

}  // namespace
}  // namespace countersign::runtime
