#include "support/cose_builder.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <string>

#include "support/jws_builder.hpp"

namespace countersign::testing {
namespace cbor {
namespace {

Width shortest(std::uint64_t argument) {
  if (argument < 24) return Width::kNone;
  if (argument <= 0xFFU) return Width::kOne;
  if (argument <= 0xFFFFU) return Width::kTwo;
  return argument <= 0xFFFFFFFFU ? Width::kFour : Width::kEight;
}

Bytes with_head(const Bytes& head, BytesView content) {
  Bytes out = head;
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

}  // namespace

Bytes head(unsigned major, std::uint64_t argument, Width width) {
  if (width == Width::kShortest) width = shortest(argument);
  const auto first = static_cast<std::uint8_t>(major << 5U);
  if (width == Width::kNone) return {static_cast<std::uint8_t>(first | (argument & 0x1FU))};
  const unsigned power = static_cast<unsigned>(width) - static_cast<unsigned>(Width::kOne);
  Bytes out = {static_cast<std::uint8_t>(first | (24U + power))};
  for (unsigned i = 1U << power; i > 0; --i)
    out.push_back(static_cast<std::uint8_t>((argument >> (8U * (i - 1))) & 0xFFU));
  return out;
}

Bytes integer(std::int64_t value, Width width) {
  if (value >= 0) return head(0, static_cast<std::uint64_t>(value), width);
  return head(1, static_cast<std::uint64_t>(-(value + 1)), width);
}
Bytes bytes(BytesView content, Width width) {
  return with_head(head(2, content.size(), width), content);
}
Bytes text(std::string_view content, Width width) {
  return with_head(head(3, content.size(), width), as_bytes(content));
}
Bytes array(const std::vector<Bytes>& items, Width width) {
  return with_head(head(4, items.size(), width), join(items));
}
Bytes map(const std::vector<Bytes>& items, Width width) {
  return with_head(head(5, items.size() / 2, width), join(items));
}
Bytes tag(std::uint64_t number, const Bytes& value, Width width) {
  return with_head(head(6, number, width), value);
}
Bytes null() { return {0xF6}; }
Bytes boolean(bool value) { return {static_cast<std::uint8_t>(value ? 0xF5 : 0xF4)}; }
Bytes float64(double value) { return head(7, std::bit_cast<std::uint64_t>(value), Width::kEight); }

Bytes indefinite(unsigned major, const std::vector<Bytes>& parts) {
  Bytes out = with_head({static_cast<std::uint8_t>((major << 5U) | 31U)}, join(parts));
  out.push_back(0xFF);
  return out;
}

Bytes join(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Bytes nested(std::size_t depth, const Bytes& inner) { return with_head(Bytes(depth, 0x81), inner); }

Bytes hex(std::string_view digits) {
  const auto out = from_hex(digits);
  if (!out) std::abort();
  return *out;
}

Bytes time(std::int64_t seconds) { return tag(1, integer(seconds)); }

Map& Map::put(const Bytes& key, Bytes value) {
  const auto found = std::ranges::find(list_, key, &std::pair<Bytes, Bytes>::first);
  if (found == list_.end()) return add(key, std::move(value));
  found->second = std::move(value);
  return *this;
}
Map& Map::add(Bytes key, Bytes value) {
  list_.emplace_back(std::move(key), std::move(value));
  return *this;
}
Map& Map::remove(const Bytes& key) {
  std::erase_if(list_, [&](const auto& entry) { return entry.first == key; });
  return *this;
}
const Bytes& Map::at(const Bytes& key) const {
  const auto found = std::ranges::find(list_, key, &std::pair<Bytes, Bytes>::first);
  if (found == list_.end()) std::abort();
  return found->second;
}
std::vector<Bytes> Map::items() const {
  std::vector<Bytes> out;
  for (const auto& [key, value] : list_) {
    out.push_back(key);
    out.push_back(value);
  }
  return out;
}

}  // namespace cbor

namespace {

constexpr std::string_view kPrefix = "io.cncf.notary.";

Bytes notary(std::string_view name) { return cbor::text(std::string(kPrefix) + std::string(name)); }

}  // namespace

std::int64_t cose_algorithm_of(KeyKind kind) {
  const std::string name = algorithm_of(kind);
  if (name == "PS256") return -37;
  if (name == "PS384") return -38;
  if (name == "PS512") return -39;
  if (name == "ES384") return -35;
  return name == "ES512" ? -36 : -7;
}

Bytes cose_signature1(BytesView protected_content, BytesView payload, BytesView external_aad) {
  return cbor::array({cbor::text("Signature1"), cbor::bytes(protected_content),
                      cbor::bytes(external_aad), cbor::bytes(payload)});
}

CoseBuilder::CoseBuilder(Chain chain) : chain_(std::move(chain)), signer_(chain_.leaf_key) {
  how_ = envelope_signature(signer_->kind);
  const std::string payload = test_payload();
  payload_.assign(payload.begin(), payload.end());
  protected_.put(1, cbor::integer(cose_algorithm_of(signer_->kind)));
  protected_.put(2, cbor::null());
  protected_.put(3, cbor::text("application/vnd.cncf.notary.payload.v1+json"));
  scheme("notary.x509");
  signing_time(cbor::time(kStartOf2026));
  critical_.push_back(notary("signingScheme"));
  write_crit();
  std::vector<Bytes> certificates;
  for (const Bytes& der : chain_.ders) certificates.push_back(cbor::bytes(der));
  unprotected_.put(33, cbor::array(certificates));
  unprotected_.put(notary("signingAgent"), cbor::text("test/1"));
}

void CoseBuilder::write_crit() { protected_.put(2, cbor::array(critical_)); }

CoseBuilder& CoseBuilder::alg(std::int64_t number) {
  protected_.put(1, cbor::integer(number));
  return *this;
}
CoseBuilder& CoseBuilder::raw_crit(Bytes value) {
  protected_.put(2, std::move(value));
  return *this;
}
CoseBuilder& CoseBuilder::crit(const std::vector<Bytes>& labels) {
  return raw_crit(cbor::array(labels));
}
CoseBuilder& CoseBuilder::scheme(std::string_view name) {
  protected_.put(notary("signingScheme"), cbor::text(name));
  return *this;
}
CoseBuilder& CoseBuilder::signing_time(Bytes value) {
  protected_.put(notary("signingTime"), std::move(value));
  return *this;
}
CoseBuilder& CoseBuilder::expiry(Bytes value) {
  return attribute(notary("expiry"), std::move(value), true);
}
CoseBuilder& CoseBuilder::signing_authority(Bytes value) {
  scheme("notary.x509.signingAuthority");
  protected_.remove(notary("signingTime"));
  return attribute(notary("authenticSigningTime"), std::move(value), true);
}
CoseBuilder& CoseBuilder::attribute(const Bytes& key, Bytes value, bool critical) {
  protected_.put(key, std::move(value));
  if (critical) {
    critical_.push_back(key);
    write_crit();
  }
  return *this;
}
CoseBuilder& CoseBuilder::payload(std::string_view content) {
  payload_.assign(content.begin(), content.end());
  return *this;
}
CoseBuilder& CoseBuilder::timestamp(BytesView token) {
  unprotected_.put(notary("timestampSignature"), cbor::bytes(token));
  return *this;
}
CoseBuilder& CoseBuilder::countersign(std::function<Bytes(BytesView)> timestamp) {
  countersign_ = std::move(timestamp);
  return *this;
}
CoseBuilder& CoseBuilder::raw_protected(Bytes content) {
  raw_protected_ = std::move(content);
  return *this;
}
CoseBuilder& CoseBuilder::prefix(Bytes start) {
  prefix_ = std::move(start);
  return *this;
}
CoseBuilder& CoseBuilder::element(std::size_t index, Bytes value) {
  elements_.at(index) = std::move(value);
  return *this;
}
CoseBuilder& CoseBuilder::edit_payload(std::function<void(Bytes&)> edit) {
  edit_payload_ = std::move(edit);
  return *this;
}
CoseBuilder& CoseBuilder::edit_protected(std::function<void(Bytes&)> edit) {
  edit_protected_ = std::move(edit);
  return *this;
}
CoseBuilder& CoseBuilder::after(Bytes trailing) {
  after_ = std::move(trailing);
  return *this;
}
CoseBuilder& CoseBuilder::sign_as(SignWith how) {
  how_ = std::move(how);
  return *this;
}
CoseBuilder& CoseBuilder::sign_by(const Key& key) {
  signer_ = &key;
  how_ = envelope_signature(key.kind);
  return *this;
}
CoseBuilder& CoseBuilder::der_signature() {
  der_signature_ = true;
  return *this;
}
CoseBuilder& CoseBuilder::edit_signature(std::function<void(Bytes&)> edit) {
  edit_signature_ = std::move(edit);
  return *this;
}
CoseBuilder& CoseBuilder::sign_over(std::function<Bytes(BytesView, BytesView)> what) {
  sign_over_ = std::move(what);
  return *this;
}

Bytes CoseBuilder::protected_content() const {
  return raw_protected_.value_or(protected_.encoded());
}

Bytes CoseBuilder::build() const {
  Bytes headers = protected_content();
  Bytes payload = payload_;
  const Bytes input = sign_over_ ? sign_over_(headers, payload) : cose_signature1(headers, payload);
  Bytes signature = sign(*signer_, how_, input);
  if (how_.how == How::kEcdsa && !der_signature_)
    signature = raw_ecdsa(signature, ecdsa_width(signer_->kind));
  if (edit_signature_) edit_signature_(signature);
  cbor::Map unprotected = unprotected_;
  if (countersign_)
    unprotected.put(notary("timestampSignature"), cbor::bytes(countersign_(signature)));
  if (edit_protected_) edit_protected_(headers);
  if (edit_payload_) edit_payload_(payload);
  return cbor::join({prefix_, elements_[0].value_or(cbor::bytes(headers)),
                     elements_[1].value_or(unprotected.encoded()),
                     elements_[2].value_or(cbor::bytes(payload)),
                     elements_[3].value_or(cbor::bytes(signature)), after_});
}

}  // namespace countersign::testing
