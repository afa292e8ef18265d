#include "crypto/openssl.hpp"

#include <openssl/err.h>

namespace countersign::crypto {

std::string take_errors() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (!text.empty()) text += "; ";
    text += reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
  }
  return text.empty() ? "unknown error" : text;
}

}  // namespace countersign::crypto
