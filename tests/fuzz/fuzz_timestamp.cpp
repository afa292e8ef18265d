// Any bytes as BER, as a TSTInfo and as a timestamp token, and as changes to a valid one.
//
// What BER becomes is DER already. Whatever is done to a valid token, it holds only as long as
// time, accuracy, message and authority stay what they were; and as long as only lengths changed,
// OpenSSL agrees that it is signed.
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "fuzz/edited.hpp"
#include "support/timestamp_builder.hpp"
#include "verify/timestamp.hpp"
#include "x509/ber.hpp"
#include "x509/timestamp_token.hpp"

namespace {

using countersign::Bytes;
using countersign::BytesView;
using countersign::Outcome;
using countersign::x509::Certificate;
using countersign::x509::TimestampInfo;
using countersign::x509::TimestampToken;
namespace testing = countersign::testing;
namespace trust = countersign::trust;

void require(bool condition) {
  if (!condition) std::abort();
}

const Bytes kSignature = {'s', 'i', 'g', 'n', 'a', 't', 'u', 'r', 'e'};

void require_denied(const countersign::Error& error) {
  require(error.outcome() == Outcome::kTimestampInvalid);
  require(!error.reason().id().empty() && !error.message().empty());
}

using CmsPtr = std::unique_ptr<CMS_ContentInfo, decltype(&CMS_ContentInfo_free)>;

/// Without the signer's chain: that is not what is compared.
bool verifies_by_openssl(CMS_ContentInfo* token) {
  const bool verified = CMS_verify(token, nullptr, nullptr, nullptr, nullptr,
                                   CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) == 1;
  ERR_clear_error();
  return verified;
}

void check_any(BytesView bytes) {
  const auto der = countersign::x509::der::with_shortest_lengths(bytes);
  if (der) require(countersign::x509::der::with_shortest_lengths(*der) == *der);

  const auto info = TimestampInfo::parse(bytes);
  if (info) {
    require(info->earliest() <= info->generated && info->generated <= info->latest());
  } else {
    require_denied(info.error());
  }

  const auto token = TimestampToken::parse(bytes);
  require(ERR_peek_error() == 0);
  if (!token) return require_denied(token.error());
  require(der.has_value() && token->signer_count() > 0);
  for (std::size_t i = 0; i < token->signer_count(); ++i) {
    const auto signer = token->verify_signer(i);
    if (!signer) require_denied(signer.error());
  }
  require(ERR_peek_error() == 0);
}

/// A valid token, its authority, and what it holds for.
struct World {
  testing::TokenSpec spec;
  Bytes token;
  std::vector<Certificate> signing_chain;
  trust::Statement statement;
  trust::TrustStores stores;
  std::vector<Certificate> authority;

  World() {
    testing::SignerSpec signer;
    signer.attributes[testing::kSigningTimeAttribute] = {testing::asn1::utc_time("260201000000Z")};
    spec.info.accuracy = testing::accuracy(1, 500, 100);
    spec.signers = {signer};
    token = testing::make_token(kSignature, spec);
    for (const Bytes& der : testing::make_chain().ders)
      signing_chain.push_back(*Certificate::parse(der));
    for (const Bytes& der : spec.tsa.ders) authority.push_back(*Certificate::parse(der));
    statement.stores = {{trust::StoreType::kTsa, "authority"}};
    stores.emplace(statement.stores.front(), std::vector<Certificate>{authority.back()});
  }
};

void check_changed(const World& world, BytesView changed) {
  const auto time = countersign::verify::verify_timestamp(
      changed, {.signature = kSignature, .signing_chain = world.signing_chain}, world.statement,
      world.stores);
  require(ERR_peek_error() == 0);
  if (!time) return require_denied(time.error());
  const auto token = TimestampToken::parse(changed);
  const auto original = TimestampToken::parse(world.token);
  require(token.has_value() && original.has_value());
  require(time->time == original->info().generated);
  require(time->authority == world.authority);
  require(token->info().accuracy == original->info().accuracy);
  require(token->info().imprint.is_of(kSignature));
  std::size_t verified = 0;
  for (std::size_t i = 0; i < token->signer_count(); ++i) {
    const auto signer = token->verify_signer(i);
    if (!signer) continue;
    ++verified;
    require(signer->certificate == world.authority.front());
  }
  require(verified > 0);
  const auto der = countersign::x509::der::with_shortest_lengths(changed);
  if (*der != world.token) return;
  const unsigned char* at = der->data();
  const CmsPtr read(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der->size())),
                    &CMS_ContentInfo_free);
  require(read != nullptr && verifies_by_openssl(read.get()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World kWorld;
  check_any({data, size});
  const Bytes changed = countersign::fuzz::edited(kWorld.token, {data, size});
  check_any(changed);
  check_changed(kWorld, changed);
  return 0;
}
