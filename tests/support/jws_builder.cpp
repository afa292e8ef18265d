#include "support/jws_builder.hpp"

#include <algorithm>
#include <cstdlib>

namespace countersign::testing {
namespace {

constexpr std::string_view kPrefix = "io.cncf.notary.";

std::string notary(std::string_view name) { return std::string(kPrefix) + std::string(name); }

/// The content of the INTEGER at `*at`, which moves past it.
Bytes der_integer(BytesView der, std::size_t* at) {
  if (*at + 2 > der.size() || der[*at] != 0x02) std::abort();
  const std::size_t size = der[*at + 1];
  const BytesView content = der.subspan(*at + 2, size);
  *at += 2 + size;
  return {content.begin(), content.end()};
}

}  // namespace

std::string test_payload() {
  return R"({"targetArtifact":{"mediaType":")" + std::string(kTestImageType) + R"(","digest":")" +
         std::string(kTestImageDigest) + R"(","size":)" + std::to_string(kTestImageSize) + "}}";
}

Members& Members::put(std::string_view name, std::string json) {
  const auto found = std::ranges::find(list_, name, &std::pair<std::string, std::string>::first);
  if (found == list_.end()) return add(name, std::move(json));
  found->second = std::move(json);
  return *this;
}
Members& Members::add(std::string_view name, std::string json) {
  list_.emplace_back(name, std::move(json));
  return *this;
}
Members& Members::remove(std::string_view name) {
  std::erase_if(list_, [&](const auto& member) { return member.first == name; });
  return *this;
}
bool Members::has(std::string_view name) const {
  return std::ranges::find(list_, name, &std::pair<std::string, std::string>::first) != list_.end();
}
std::string Members::object() const {
  std::string text = "{";
  for (const auto& [name, json] : list_) {
    if (text.size() > 1) text += ',';
    text += json_string(name) + ":" + json;
  }
  return text + "}";
}

std::string json_string(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string algorithm_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::kRsa1024:
    case KeyKind::kRsa2048:
      return "PS256";
    case KeyKind::kRsa3072:
      return "PS384";
    case KeyKind::kRsa4096:
      return "PS512";
    case KeyKind::kP384:
      return "ES384";
    case KeyKind::kP521:
      return "ES512";
    default:
      return "ES256";
  }
}

SignWith envelope_signature(KeyKind kind) {
  const std::string algorithm = algorithm_of(kind);
  if (kind == KeyKind::kEd25519)
    return {.how = How::kEd25519, .hash = {}, .salt = -1, .mgf1_hash = {}};
  return {.how = algorithm.starts_with("PS") ? How::kRsaPss : How::kEcdsa,
          .hash = "SHA" + algorithm.substr(2),
          .salt = -1,
          .mgf1_hash = {}};
}

Bytes raw_ecdsa(BytesView der, std::size_t width) {
  std::size_t at = der[1] < 0x80 ? 2 : 2 + (der[1] & 0x7FU);
  Bytes out;
  for (int i = 0; i < 2; ++i) {
    Bytes number = der_integer(der, &at);
    while (number.size() > width) number.erase(number.begin());
    while (number.size() < width) number.insert(number.begin(), 0x00);
    out.insert(out.end(), number.begin(), number.end());
  }
  return out;
}

std::size_t ecdsa_width(KeyKind kind) {
  switch (kind) {
    case KeyKind::kP224:
      return 28;
    case KeyKind::kP384:
      return 48;
    case KeyKind::kP521:
      return 66;
    default:
      return 32;
  }
}

JwsBuilder::JwsBuilder(Chain chain) : chain_(std::move(chain)), signer_(chain_.leaf_key) {
  how_ = envelope_signature(signer_->kind);
  protected_.put("alg", json_string(algorithm_of(signer_->kind)));
  protected_.put("cty", json_string("application/vnd.cncf.notary.payload.v1+json"));
  protected_.put("crit", "[]");
  protected_.put(notary("signingScheme"), json_string("notary.x509"));
  protected_.put(notary("signingTime"), json_string("2026-01-01T00:00:00Z"));
  critical_.push_back(notary("signingScheme"));
  write_crit();
  std::string x5c;
  for (const Bytes& der : chain_.ders)
    x5c += (x5c.empty() ? "[" : ",") + json_string(to_base64(der));
  header_.put("x5c", x5c + "]");
  header_.put(notary("signingAgent"), json_string("test/1"));
}

void JwsBuilder::write_crit() {
  std::string json = "[";
  for (const std::string& name : critical_)
    json += (json.size() > 1 ? "," : "") + json_string(name);
  protected_.put("crit", json + "]");
}

JwsBuilder& JwsBuilder::omit(std::string_view top_level_member) {
  omitted_.emplace_back(top_level_member);
  return *this;
}
JwsBuilder& JwsBuilder::alg(std::string_view text) {
  protected_.put("alg", json_string(text));
  return *this;
}
JwsBuilder& JwsBuilder::crit(std::string json) {
  protected_.put("crit", std::move(json));
  return *this;
}
JwsBuilder& JwsBuilder::expiry(std::string_view time) {
  return attribute(notary("expiry"), json_string(time), true);
}
JwsBuilder& JwsBuilder::signing_time(std::string_view time) {
  protected_.put(notary("signingTime"), json_string(time));
  return *this;
}
JwsBuilder& JwsBuilder::signing_authority(std::string_view time) {
  protected_.put(notary("signingScheme"), json_string("notary.x509.signingAuthority"));
  protected_.remove(notary("signingTime"));
  return attribute(notary("authenticSigningTime"), json_string(time), true);
}
JwsBuilder& JwsBuilder::attribute(std::string_view name, std::string json, bool critical) {
  protected_.put(name, std::move(json));
  if (critical) {
    critical_.emplace_back(name);
    write_crit();
  }
  return *this;
}
JwsBuilder& JwsBuilder::payload(std::string json) {
  payload_ = std::move(json);
  return *this;
}
JwsBuilder& JwsBuilder::timestamp(std::string_view base64) {
  header_.put(notary("timestampSignature"), json_string(base64));
  return *this;
}
JwsBuilder& JwsBuilder::countersign(std::function<Bytes(BytesView)> timestamp) {
  countersign_ = std::move(timestamp);
  return *this;
}
JwsBuilder& JwsBuilder::raw_protected(std::string json) {
  raw_protected_ = std::move(json);
  return *this;
}
JwsBuilder& JwsBuilder::protected_text(std::string text) {
  protected_text_ = std::move(text);
  return *this;
}
JwsBuilder& JwsBuilder::payload_text(std::string text) {
  payload_text_ = std::move(text);
  return *this;
}
JwsBuilder& JwsBuilder::sign_as(SignWith how) {
  how_ = std::move(how);
  return *this;
}
JwsBuilder& JwsBuilder::sign_by(const Key& key) {
  signer_ = &key;
  how_ = envelope_signature(key.kind);
  return *this;
}
JwsBuilder& JwsBuilder::der_signature() {
  der_signature_ = true;
  return *this;
}
JwsBuilder& JwsBuilder::edit_signature(std::function<void(Bytes&)> edit) {
  edit_signature_ = std::move(edit);
  return *this;
}
JwsBuilder& JwsBuilder::signature_text(std::string text) {
  signature_text_ = std::move(text);
  return *this;
}

std::string JwsBuilder::build() const {
  const std::string protected_json = raw_protected_.value_or(protected_.object());
  const std::string signed_protected = to_base64url(as_bytes(protected_json));
  const std::string signed_payload = to_base64url(as_bytes(payload_));
  Bytes signature = sign(*signer_, how_, as_bytes(signed_protected + "." + signed_payload));
  if (how_.how == How::kEcdsa && !der_signature_)
    signature = raw_ecdsa(signature, ecdsa_width(signer_->kind));
  if (edit_signature_) edit_signature_(signature);

  Members header = header_;
  if (countersign_) {
    header.put(notary("timestampSignature"), json_string(to_base64(countersign_(signature))));
  }
  Members envelope = top_;
  const auto default_member = [&](std::string_view name, std::string json) {
    if (std::ranges::find(omitted_, name) != omitted_.end()) return;
    if (!envelope.has(name)) envelope.add(name, std::move(json));
  };
  default_member("payload", json_string(payload_text_.value_or(signed_payload)));
  default_member("protected", json_string(protected_text_.value_or(signed_protected)));
  default_member("header", header.object());
  default_member("signature", json_string(signature_text_.value_or(to_base64url(signature))));
  return envelope.object();
}

}  // namespace countersign::testing
