#include "adapters/registry/error_answer.hpp"

#include <gtest/gtest.h>

#include "adapters/registry/pure_support.hpp"
#include "support/matchers.hpp"

namespace countersign::registry {
namespace {

using testing::FailsWith;

// shows: R-243
TEST(ErrorAnswer, ShowsOnlySafeAndShortText) {
  const std::string evil =
      R"({"errors":[{"code":"DENIED\u001b[2J","message":"line\nbreak \u001b[31m )" +
      std::string(2000, 'x') + R"(é","detail":{"x":1}}]})";
  const Error error = status_error("GET https://a/x", answer(403, evil));
  EXPECT_EQ(error.message().find('\x1b'), std::string::npos);
  EXPECT_EQ(error.message().find('\n'), std::string::npos);
  EXPECT_LT(error.message().size(), 420U);
  EXPECT_EQ(read_error_body(std::string(1U << 20U, '[')).codes.size(), 0U);
}

struct StatusCase {
  long status;
  const char* body;
  Outcome outcome;
  const char* reason;
};
class Statuses : public ::testing::TestWithParam<StatusCase> {};
TEST_P(Statuses, MeanWhatTheTableSays) {
  EXPECT_THAT(
      Result<int>(status_error("GET https://a/x", answer(GetParam().status, GetParam().body))),
      FailsWith(GetParam().outcome, GetParam().reason));
}
INSTANTIATE_TEST_SUITE_P(
    Table, Statuses,
    ::testing::Values(StatusCase{401, "", Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"},
                      StatusCase{403, "", Outcome::kRegistryUnauthorized, "DENIED"},
                      StatusCase{451, "", Outcome::kRegistryUnauthorized, "DENIED"},
                      StatusCase{404, R"({"errors":[{"code":"MANIFEST_UNKNOWN"}]})",
                                 Outcome::kImageNotFound, "NOT_FOUND"},
                      StatusCase{404, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{404, R"({"errors":[]})", Outcome::kRegistryUnreachable,
                                 "SERVER_ERROR"},
                      StatusCase{424, R"({"errors":[{"code":"UNKNOWN"}]})",
                                 Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{429, "", Outcome::kRegistryThrottled, "RATE_LIMITED"},
                      StatusCase{503, R"({"errors":[{"code":"TOOMANYREQUESTS"}]})",
                                 Outcome::kRegistryThrottled, "RATE_LIMITED"},
                      StatusCase{408, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{500, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{507, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{522, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{599, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{304, "", Outcome::kRegistryMisbehaved, "BAD_RESPONSE"},
                      StatusCase{206, "", Outcome::kRegistryMisbehaved, "BAD_RESPONSE"},
                      StatusCase{204, "", Outcome::kRegistryMisbehaved, "BAD_RESPONSE"},
                      StatusCase{400, "", Outcome::kRegistryMisbehaved, "BAD_RESPONSE"},
                      StatusCase{406, "", Outcome::kRegistryMisbehaved, "BAD_RESPONSE"},
                      StatusCase{505, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"}));

TEST(ErrorAnswer, NamesWhatWasAsked) {
  EXPECT_EQ(
      status_error("GET https://a/x",
                   answer(404, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"no such"}]})"))
          .message(),
      "GET https://a/x: answered 404 (MANIFEST_UNKNOWN: no such)");
}

}  // namespace
}  // namespace countersign::registry
