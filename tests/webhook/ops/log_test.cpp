#include "ops/log.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

namespace countersign::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

/// The `event` of each line.
std::vector<std::string> events(const std::string& text) {
  std::vector<std::string> out;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
    out.push_back(nlohmann::json::parse(text.substr(start, end - start)).at("event"));
  }
  EXPECT_EQ(start, text.size()) << "each line ends";
  return out;
}

class Logs : public ::testing::Test {
 protected:
  std::unique_ptr<LogSink> sink = make_stderr_sink(Format::kJson);
  Log log{*sink, Level::kInfo};
};

TEST_F(Logs, WritesEachLineAtOnceWithoutABatch) {
  CaptureStderr();
  log.info("a").field("n", 1);
  EXPECT_THAT(events(GetCapturedStderr()), ElementsAre("a"));
}

TEST_F(Logs, LeavesOutWhatIsBelowItsLevel) {
  const Log warnings(*sink, Level::kWarn);
  CaptureStderr();
  warnings.info("a").field("n", 1).word("w", "x").value("v", [](std::string& out) { out += "1"; });
  warnings.warn("b").word("w", "x").value("v", [](std::string& out) { out += "[1]"; });
  const std::string text = GetCapturedStderr();
  EXPECT_THAT(events(text), ElementsAre("b"));
  const auto line = nlohmann::json::parse(text);
  EXPECT_EQ(line.at("w"), "x");
  EXPECT_EQ(line.at("v"), nlohmann::json::array({1}));
}

TEST_F(Logs, GathersWhatInformsUntilTheFlush) {
  int asked = 0;
  CaptureStderr();
  const LogBatch batch([&] { ++asked; });
  log.info("a").field("n", 1);
  log.info("b").field("n", 1);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(GetCapturedStderr(), "");
  CaptureStderr();
  LogBatch::flush_this_thread();
  LogBatch::flush_this_thread();
  EXPECT_THAT(events(GetCapturedStderr()), ElementsAre("a", "b"));
  CaptureStderr();
  log.info("c").field("n", 1);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(GetCapturedStderr(), "");
  CaptureStderr();
  LogBatch::flush_this_thread();
  EXPECT_THAT(events(GetCapturedStderr()), ElementsAre("c"));
}

TEST_F(Logs, AWarningTakesAlongWhatIsGathered) {
  int asked = 0;
  const LogBatch batch([&] { ++asked; });
  CaptureStderr();
  log.info("a").field("n", 1);
  log.warn("b").field("n", 1);
  EXPECT_THAT(events(GetCapturedStderr()), ElementsAre("a", "b"));
  CaptureStderr();
  log.error("c").field("n", 1);
  EXPECT_THAT(events(GetCapturedStderr()), ElementsAre("c"));
  CaptureStderr();
  log.info("d").field("n", 1);
  EXPECT_EQ(asked, 2) << "a flush is due again";
  LogBatch::flush_this_thread();
  EXPECT_THAT(events(GetCapturedStderr()), ElementsAre("d"));
}

TEST_F(Logs, GathersNoMoreThanALimit) {
  const LogBatch batch([] {});
  const std::string text(std::size_t{8} * 1024, 'x');
  CaptureStderr();
  for (int i = 0; i < 9; ++i) log.info("a").field("text", text);
  EXPECT_EQ(events(GetCapturedStderr()).size(), 8U);
  CaptureStderr();
  LogBatch::flush_this_thread();
  EXPECT_EQ(events(GetCapturedStderr()).size(), 1U);
}

TEST_F(Logs, TheEndOfABatchWritesItsRest) {
  CaptureStderr();
  {
    const LogBatch batch([] {});
    log.info("a").field("n", 1);
  }
  log.info("b").field("n", 1);
  EXPECT_THAT(events(GetCapturedStderr()), ElementsAre("a", "b"));
}

TEST_F(Logs, AnotherThreadGathersNothing) {
  const LogBatch batch([] {});
  CaptureStderr();
  std::thread([&] { log.info("a").field("n", 1); }).join();
  EXPECT_THAT(events(GetCapturedStderr()), ElementsAre("a"));
}

TEST_F(Logs, WritesForPeople) {
  const auto text_sink = make_stderr_sink(Format::kText);
  const Log text_log(*text_sink, Level::kInfo);
  CaptureStderr();
  text_log.info("a").field("n", 1).field("t", "x y");
  EXPECT_THAT(GetCapturedStderr(), ::testing::EndsWith("Z info a n=1 t=\"x y\"\n"));
}

}  // namespace
}  // namespace countersign::ops
