#include "adapters/http/curl_error.hpp"

#include <gtest/gtest.h>

namespace countersign::http {
namespace {

std::string reason_of(CURLcode code, const TransferFacts& facts) {
  return std::string(to_error(code, facts, "").reason().id());
}

// shows: R-195
TEST(CurlError, ARefusedAddressCountsOnlyIfNoneWasTried) {
  EXPECT_EQ(reason_of(CURLE_COULDNT_CONNECT, {.address_blocked = true}), "POLICY_BLOCKED_ADDRESS");
  EXPECT_EQ(reason_of(CURLE_COULDNT_CONNECT, {.address_blocked = true, .address_tried = true}),
            "CONNECT_FAILED");
  EXPECT_EQ(reason_of(CURLE_COULDNT_CONNECT, {.address_tried = true}), "CONNECT_FAILED");
}

TEST(CurlError, ARefusedConnectionCountsWhateverWasTried) {
  EXPECT_EQ(reason_of(CURLE_ABORTED_BY_CALLBACK, {.address_blocked = true, .address_tried = true}),
            "POLICY_BLOCKED_ADDRESS");
}

}  // namespace
}  // namespace countersign::http
