#include "trust/verification_level.hpp"

namespace countersign::trust {

std::string_view name(Check check) noexcept {
  switch (check) {
    case Check::kIntegrity:
      return "integrity";
    case Check::kAuthenticity:
      return "authenticity";
    case Check::kAuthenticTimestamp:
      return "authenticTimestamp";
    case Check::kExpiry:
      return "expiry";
    case Check::kRevocation:
      return "revocation";
  }
  return "";
}

std::string_view name(CheckAction action) noexcept {
  switch (action) {
    case CheckAction::kEnforce:
      return "enforce";
    case CheckAction::kLog:
      return "log";
    case CheckAction::kSkip:
      return "skip";
  }
  return "";
}

}  // namespace countersign::trust
