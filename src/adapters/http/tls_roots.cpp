#include "adapters/http/tls_roots.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <vector>

#include "crypto/openssl.hpp"

namespace countersign::http {
namespace {

Error bad(std::string what) { return {Outcome::kInternalError, "CA_FILE", std::move(what)}; }

Result<std::vector<crypto::X509Ptr>> read_pem(std::string_view pem) {
  constexpr std::size_t kMaxPem = std::size_t{4} * 1024 * 1024;
  if (pem.size() > kMaxPem) return bad("CA certificates: more than 4 MiB");
  const crypto::BioPtr source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<crypto::X509Ptr> certificates;
  ERR_clear_error();
  for (;;) {
    crypto::X509Ptr certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    if (X509_check_ca(certificate.get()) == 0) {
      return bad(
          fmt::format("CA certificates: certificate {} is not a CA", certificates.size() + 1));
    }
    certificates.push_back(std::move(certificate));
  }
  const unsigned long last = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
  if (!at_end) return bad("CA certificates: " + crypto::take_errors());
  ERR_clear_error();
  if (certificates.empty()) return bad("CA certificates: no PEM certificate found");
  return certificates;
}

}  // namespace

Status check_roots(std::string_view pem) {
  const auto certificates = read_pem(pem);
  if (!certificates) return certificates.error();
  return ok();
}

Result<SharedStore> load_roots(const std::string& system_file,
                               std::span<const std::string> pem_texts) {
  SharedStore store(X509_STORE_new(), crypto::FreeWith<&X509_STORE_free>{});
  if (!store) return bad(crypto::take_errors());
  if (X509_STORE_load_file(store.get(), system_file.c_str()) != 1) {
    return bad(fmt::format("{}: {}", system_file, crypto::take_errors()));
  }
  for (const std::string& pem : pem_texts) {
    COUNTERSIGN_TRY(const auto certificates, read_pem(pem));
    for (const crypto::X509Ptr& certificate : certificates) {
      if (X509_STORE_add_cert(store.get(), certificate.get()) != 1)
        return bad(crypto::take_errors());
    }
  }
  return store;
}

}  // namespace countersign::http
