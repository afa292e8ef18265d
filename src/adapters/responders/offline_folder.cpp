#include "adapters/responders/offline_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/files/read_file.hpp"
#include "base/text.hpp"
#include "x509/der.hpp"
#include "x509/ocsp.hpp"

namespace countersign::responders {
namespace {

using revocation::Finding;
using revocation::ListKind;
using revocation::ListSignature;
using revocation::Subject;

constexpr std::string_view kPemBegin = "-----BEGIN X509 CRL-----";
constexpr std::string_view kPemEnd = "-----END X509 CRL-----";
constexpr std::uint8_t kEnumerated = 0x0A;

Error unusable(std::string_view what) {
  return {Outcome::kRevocationUnknown, "OFFLINE", std::string(what)};
}

Error bad(const std::string& name, std::string_view what) {
  return Error::mistake("OFFLINE", fmt::format("{}: {}", printable(name, 128), what));
}

bool is_ocsp_response(std::string_view bytes) {
  const auto outer = x509::der::only(as_bytes(bytes), x509::der::kSequence);
  return outer && x509::der::Reader(outer->content).next_is(kEnumerated);
}

Result<void> add_list(const std::string& name, std::string der, OfflineFolder::Contents& contents) {
  auto list = x509::Crl::parse(std::make_shared<const std::string>(std::move(der)));
  if (!list) return bad(name, list.error().message());
  contents.lists.push_back(*std::move(list));
  return ok();
}

Result<void> add_pem(const std::string& name, std::string_view text,
                     OfflineFolder::Contents& contents) {
  for (std::size_t at = 0; (at = text.find(kPemBegin, at)) != std::string_view::npos;) {
    at += kPemBegin.size();
    const std::size_t end = text.find(kPemEnd, at);
    if (end == std::string_view::npos) return bad(name, "a PEM block without its end");
    std::string base64;
    for (const char c : text.substr(at, end - at)) {
      if (c != '\r' && c != '\n') base64 += c;
    }
    const auto der = from_base64(base64);
    if (!der) return bad(name, "a PEM block that is not base64");
    COUNTERSIGN_CHECK(add_list(name, std::string(as_text(*der)), contents));
    at = end;
  }
  return ok();
}

Result<std::shared_ptr<const OfflineFolder::Contents>> read_all(const std::string& path,
                                                                std::size_t room) {
  COUNTERSIGN_TRY(const auto entries, files::list_folder(path));
  auto contents = std::make_shared<OfflineFolder::Contents>();
  std::size_t count = 0;
  for (const files::Entry& entry : entries) {
    // Kubernetes' projected volumes keep their data in folders whose names begin so.
    if (entry.name.starts_with("..") || entry.kind == files::EntryKind::kFolder) continue;
    if (++count > OfflineFolder::kMaxFiles) return bad(entry.name, "more than 1000 files");
    auto bytes = files::read_file(path + "/" + entry.name, std::min(room, x509::kCrlTooLarge - 1),
                                  files::LinkRule::kWithinFolder);
    if (!bytes) return bad(entry.name, bytes.error().message());
    room -= bytes->size();
    if (bytes->contains(kPemBegin)) {
      COUNTERSIGN_CHECK(add_pem(entry.name, *bytes, *contents));
    } else if (is_ocsp_response(*bytes)) {
      if (bytes->size() > x509::kMaxOcspResponseBytes)
        return bad(entry.name, "an OCSP response of more than 20480 bytes");
      contents->responses.push_back(*std::move(bytes));
    } else {
      COUNTERSIGN_CHECK(add_list(entry.name, *std::move(bytes), *contents));
    }
  }
  return std::shared_ptr<const OfflineFolder::Contents>(std::move(contents));
}

/// Without its address nobody can tell which part of an issuer's lists one is, except by what it
/// says itself.
bool covers(const x509::Crl& list, const x509::Certificate& certificate) {
  const auto& scope = list.scope();
  return !scope || (!scope->only_some_reasons && revocation::is_point_of(*scope, certificate));
}

/// The list of the greatest thisUpdate that is in order.
template <class Fits>
Result<const x509::Crl*> newest(const OfflineFolder::Contents& contents, ListKind kind,
                                const Subject& subject, Fits fits) {
  const x509::Crl* best = nullptr;
  Error why = unusable("no CRL of its issuer in the offline folder");
  for (const x509::Crl& list : contents.lists) {
    if (!std::ranges::equal(list.issuer_der(), subject.issuer.subject_der())) continue;
    if (list.base_number().has_value() != (kind == ListKind::kDelta)) continue;
    if (best != nullptr && list.this_update() <= best->this_update()) continue;
    if (!covers(list, subject.certificate)) continue;
    auto fine = revocation::check_list(list, kind, ListSignature::kUnchecked, subject);
    if (fine) fine = revocation::check_scope(list, subject.certificate, "");
    if (!fine) {
      why = fine.error();
    } else if (fits(list)) {
      best = &list;
    }
  }
  if (best == nullptr) return why;
  return best;
}

}  // namespace

Result<std::unique_ptr<OfflineFolder>> OfflineFolder::open(std::string path,
                                                           std::size_t max_bytes) {
  COUNTERSIGN_TRY(auto contents, read_all(path, max_bytes));
  return std::unique_ptr<OfflineFolder>(
      new OfflineFolder(std::move(path), max_bytes, std::move(contents)));
}

Result<std::shared_ptr<const OfflineFolder::Contents>> OfflineFolder::read_again() const {
  return read_all(path_, max_bytes_);
}

std::shared_ptr<const OfflineFolder::Contents> OfflineShelf::contents_of(
    const OfflineFolder& folder, Clock::time_point now) {
  std::shared_ptr<const OfflineFolder::Contents> contents;
  {
    const std::scoped_lock lock(mutex_);
    Known& known = folders_[folder.path()];
    if (known.first != folder.contents()) {
      known = {.first = folder.contents(), .contents = folder.contents(), .read_at = now};
    }
    contents = known.contents;
    if (now - known.read_at < kReadAgain) return contents;
    known.read_at = now;  // by this caller; others use what there is meanwhile
  }
  auto again = folder.read_again();
  if (!again) return contents;
  const std::scoped_lock lock(mutex_);
  folders_[folder.path()].contents = *again;
  return *std::move(again);
}

Result<Finding> judge_offline_ocsp(const OfflineFolder::Contents& contents,
                                   const Subject& subject) {
  std::optional<Finding> best;
  Error why = unusable("no OCSP response about it in the offline folder");
  for (const std::string& response : contents.responses) {
    auto finding = revocation::judge_ocsp(as_bytes(response), subject);
    if (!finding) {
      if (finding.error().reason() != Reason("RV-22")) why = finding.error();
      continue;
    }
    if (!best || best->this_update < finding->this_update) best = *std::move(finding);
  }
  if (!best) return why;
  return *best;
}

Result<Finding> judge_offline_crl(const OfflineFolder::Contents& contents, const Subject& subject) {
  COUNTERSIGN_TRY(const x509::Crl* base, newest(contents, ListKind::kBase, subject,
                                                [](const x509::Crl&) { return true; }));
  const x509::Crl* delta = nullptr;
  if (!base->freshest().empty()) {
    auto found = newest(contents, ListKind::kDelta, subject, [&](const x509::Crl& list) {
      return revocation::check_delta(list, *base).has_value();
    });
    if (!found) return unusable("the CRL in the offline folder has a delta CRL, and none fits");
    delta = *found;
  } else if (subject.certificate.names_freshest_crl()) {
    return unusable("the certificate names a delta CRL, which its CRL does not");
  }
  return revocation::judge_lists(*base, delta, subject);
}

}  // namespace countersign::responders
