#pragma once
/// Matchers for Result and Status.

#include <gmock/gmock.h>

#include "base/result.hpp"

namespace countersign::testing {

MATCHER(IsOk, "is a value") {
  if (arg.has_value()) return true;
  *result_listener << "error " << code(arg.error().outcome()) << " " << arg.error().reason().id()
                   << ": " << arg.error().message();
  return false;
}

/// By outcome and reason.
MATCHER_P2(FailsWith, outcome, reason, "fails with the outcome and reason") {
  if (arg.has_value()) {
    *result_listener << "a value";
    return false;
  }
  *result_listener << "error " << code(arg.error().outcome()) << " " << arg.error().reason().id()
                   << ": " << arg.error().message();
  return arg.error().outcome() == outcome && arg.error().reason().id() == std::string_view(reason);
}

/// By outcome and whole message, since operators read it.
MATCHER_P2(FailsSaying, outcome, message, "fails with the outcome and message") {
  if (arg.has_value()) {
    *result_listener << "a value";
    return false;
  }
  *result_listener << "error " << code(arg.error().outcome()) << ": " << arg.error().message();
  return arg.error().outcome() == outcome && arg.error().message() == std::string_view(message);
}

}  // namespace countersign::testing
