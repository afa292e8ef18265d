// Any bytes as a CRL, and as changes to a valid one.
//
// A list that is read says of itself only what stands in it. Whatever is done to a valid one, it is
// accepted only as long as its signed part stays what it was; and then it says the same of every
// certificate.
#include "x509/crl.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fuzz/edited.hpp"
#include "revocation/judgement.hpp"
#include "support/revocation_builder.hpp"

namespace {

using countersign::Bytes;
using countersign::BytesView;
using countersign::Instant;
using countersign::Outcome;
using countersign::x509::Certificate;
using countersign::x509::Crl;
namespace revocation = countersign::revocation;
namespace testing = countersign::testing;

void require(bool condition) {
  if (!condition) std::abort();
}

void require_denied(const countersign::Error& error) {
  require(error.outcome() == Outcome::kRevocationUnknown);
  require(!error.reason().id().empty() && !error.message().empty());
}

countersign::Result<Crl> parsed(BytesView bytes) {
  return Crl::parse(std::make_shared<const std::string>(countersign::as_text(bytes)));
}

/// A valid list that revokes the leaf, and the chain that it is about.
struct World {
  std::vector<Certificate> chain;
  Bytes list;
  Instant now = *countersign::parse_rfc3339("2026-06-01T00:00:00Z");

  World() {
    for (const Bytes& der : testing::make_chain().ders) chain.push_back(*Certificate::parse(der));
    list = testing::make_crl(
        {.entries = {{.serial = 7, .extensions = {testing::reason(6)}},
                     {.serial = testing::kSerials[0],
                      .extensions = {testing::reason(1), testing::invalidity("20260301000000Z")}},
                     {.serial = 7, .extensions = {testing::reason(8)}}},
         .extensions = {testing::crl_number(300), testing::scope({1}, {"http://c"}),
                        testing::freshest({"http://d"})}});
  }
  [[nodiscard]] revocation::Subject subject() const {
    return {.certificate = chain[0], .issuer = chain[1], .signing_time = {}, .now = now};
  }
};

void check(const World& world, BytesView bytes) {
  const auto list = parsed(bytes);
  require(ERR_peek_error() == 0);
  if (!list) return require_denied(list.error());
  const auto entries = list->entries_of(world.chain[0].serial());
  if (!entries) require_denied(entries.error());
  require(list->entries_of(Bytes{}).has_value());
  const auto subject = world.subject();
  auto fine = revocation::check_list(*list, revocation::ListKind::kBase,
                                     revocation::ListSignature::kUnchecked, subject);
  if (fine) fine = revocation::check_scope(*list, subject.certificate, "");
  require(ERR_peek_error() == 0);
  if (!fine) return require_denied(fine.error());
  // Only the issuer signs: what is accepted is the list that it signed.
  const auto original = parsed(world.list);
  require(list->this_update() == original->this_update());
  require(list->next_update() == original->next_update());
  require(countersign::x509::compare_numbers(*list->number(), *original->number()) == 0);
  require(list->freshest() == original->freshest());
  const auto finding = revocation::judge_lists(*list, nullptr, subject);
  require(finding.has_value() && finding->status == revocation::Status::kRevoked);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World kWorld;
  check(kWorld, {data, size});
  check(kWorld, countersign::fuzz::edited(kWorld.list, {data, size}));
  return 0;
}
