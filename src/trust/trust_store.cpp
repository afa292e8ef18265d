#include "trust/trust_store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "x509/der.hpp"

namespace countersign::trust {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

Error bad(Reason reason, std::string message) {
  return {Outcome::kUntrustedSigner, reason, std::move(message)};
}

bool same(BytesView a, BytesView b) { return std::ranges::equal(a, b); }

/// Position of `kBegin` at the start of a line, from `from` on.
std::size_t find_begin(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find(kBegin, from); at != std::string_view::npos;
       at = text.find(kBegin, at + 1)) {
    if (at == 0 || text[at - 1] == '\n') return at;
  }
  return std::string_view::npos;
}

Result<std::vector<x509::Certificate>> parse_pem(std::string_view text) {
  std::vector<x509::Certificate> certificates;
  for (std::size_t at = find_begin(text, 0); at != std::string_view::npos;
       at = find_begin(text, at)) {
    const std::size_t label_start = at + kBegin.size();
    const std::size_t label_end = text.find(kDashes, label_start);
    if (label_end == std::string_view::npos)
      return bad("TR-6", "PEM block without a complete first line");
    const std::string_view label = text.substr(label_start, label_end - label_start);
    const std::size_t body_start = label_end + kDashes.size();
    const std::string last = std::string(kEnd) + std::string(label) + std::string(kDashes);
    const std::size_t body_end = text.find(last, body_start);
    if (body_end == std::string_view::npos) return bad("TR-6", "PEM block without its last line");
    std::string base64;
    for (const char c : text.substr(body_start, body_end - body_start)) {
      if (c != '\n' && c != '\r' && c != ' ' && c != '\t') base64 += c;
    }
    const auto der = from_base64(base64);
    if (!der) return bad("TR-6", "PEM block that is not base64");
    // The content counts, whatever the label says.
    auto certificate = x509::Certificate::parse(*der);
    if (!certificate && label != "CERTIFICATE") {
      return bad("TR-6",
                 fmt::format("PEM block \"{}\" is not a certificate", printable(label, 64)));
    }
    if (!certificate) return std::move(certificate).error();
    certificates.push_back(*std::move(certificate));
    at = body_end + last.size();
  }
  return certificates;
}

Result<std::vector<x509::Certificate>> parse_der(BytesView content) {
  std::vector<x509::Certificate> certificates;
  x509::der::Reader reader(content);
  while (!reader.empty()) {
    const auto element = reader.read(x509::der::kSequence);
    if (!element) return bad("TR-6", "neither PEM nor DER certificates");
    COUNTERSIGN_TRY(x509::Certificate certificate, x509::Certificate::parse(element->whole));
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

bool is_ca(const x509::Certificate& certificate) {
  return certificate.basic_constraints() && certificate.basic_constraints()->is_ca;
}

Status check_admissible(StoreType type, const x509::Certificate& certificate) {
  const std::string subject = printable(certificate.subject_text(), 200);
  if (!is_ca(certificate) && !certificate.has_signature_of(certificate)) {
    return bad(
        "TR-7",
        fmt::format("certificate \"{}\" is neither a CA certificate nor a self-signed signing "
                    "certificate",
                    subject));
  }
  if (type != StoreType::kTsa) return ok();
  const bool may_sign =
      !certificate.key_usage() || certificate.key_usage()->has(x509::kKeyCertSign);
  if (!is_ca(certificate) || !may_sign ||
      !same(certificate.subject_der(), certificate.issuer_der()) ||
      !certificate.has_signature_of(certificate)) {
    return bad(
        "TR-8",
        fmt::format(
            "certificate \"{}\" is not a self-signed CA: a tsa store holds root certificates",
            subject));
  }
  return ok();
}

}  // namespace

std::string_view name(StoreType type) noexcept {
  switch (type) {
    case StoreType::kCa:
      return "ca";
    case StoreType::kSigningAuthority:
      return "signingAuthority";
    case StoreType::kTsa:
      return "tsa";
  }
  return "";
}

std::optional<StoreType> store_type_named(std::string_view text) noexcept {
  for (const auto type : {StoreType::kCa, StoreType::kSigningAuthority, StoreType::kTsa}) {
    if (name(type) == text) return type;
  }
  return std::nullopt;
}

bool is_store_name(std::string_view text) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  return !text.empty() && text != "." && text != ".." && std::ranges::all_of(text, allowed);
}

std::string StoreId::to_string() const { return std::string(trust::name(type)) + ":" + name; }

Result<std::vector<x509::Certificate>> parse_certificates(BytesView content) {
  const bool pem = find_begin(as_text(content), 0) != std::string_view::npos;
  auto certificates = pem ? parse_pem(as_text(content)) : parse_der(content);
  if (!certificates) return std::move(certificates).error().as(Outcome::kUntrustedSigner);
  if (certificates->empty()) return bad("TR-6", "no certificate found");
  return certificates;
}

Result<std::vector<x509::Certificate>> load_store(StoreType type,
                                                  std::span<const StoreFile> files) {
  std::vector<x509::Certificate> store;
  for (const StoreFile& file : files) {
    auto certificates = parse_certificates(file.content);
    if (!certificates) return std::move(certificates).error().while_doing(file.name);
    for (x509::Certificate& certificate : *certificates) {
      if (auto admissible = check_admissible(type, certificate); !admissible) {
        return std::move(admissible).error().while_doing(file.name);
      }
      store.push_back(std::move(certificate));
    }
  }
  if (store.empty()) return bad("TR-9", "no x509 certificates were found");
  return store;
}

Result<const std::vector<x509::Certificate>*> find_store(const TrustStores& stores,
                                                         const StoreId& id) {
  const auto store = stores.find(id);
  if (store == stores.end()) {
    return bad("TR-3", fmt::format("the trust store \"{}\" of type \"{}\" does not exist", id.name,
                                   name(id.type)));
  }
  if (!store->second) {
    return bad("TR-10", fmt::format("the trust store \"{}\" of type \"{}\" cannot be used: {}",
                                    id.name, name(id.type), store->second.error().message()));
  }
  return &*store->second;
}

}  // namespace countersign::trust
