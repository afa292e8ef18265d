#include "adapters/http/route.hpp"

#include <utility>

#include "adapters/http/tls_roots.hpp"

namespace countersign::http {

TlsProfile::TlsProfile(std::string system_roots_file, std::vector<std::string> texts)
    : verify_(true),
      system_roots_file_(std::move(system_roots_file)),
      texts_(std::move(texts)),
      id_(system_roots_file_) {
  for (const std::string& text : texts_) id_.append(1, '\0').append(text);
}

TlsProfile TlsProfile::unchecked() { return {}; }

Status check_root_text(std::string_view pem) { return check_roots(pem); }

}  // namespace countersign::http
