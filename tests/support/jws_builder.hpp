#pragma once
/// JWS envelopes for tests: valid unless told otherwise, and every part of them can be made wrong.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "support/pki.hpp"

namespace countersign::testing {

inline constexpr std::string_view kTestImageType = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kTestImageDigest =
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
inline constexpr unsigned kTestImageSize = 517;

/// {"targetArtifact":{…}} for the image above.
std::string test_payload();

/// JSON as text, in order, so that duplicates and odd types can be written.
class Members {
 public:
  /// Replaces the value of `name`, or adds it. `json` is raw.
  Members& put(std::string_view name, std::string json);
  Members& add(std::string_view name, std::string json);  ///< even if it is there
  Members& remove(std::string_view name);
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::string object() const;

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

/// "text", with nothing escaped.
std::string json_string(std::string_view text);
/// The "alg" of a key: "PS256" … "ES512"; "ES256" for keys that have none.
std::string algorithm_of(KeyKind kind);
SignWith envelope_signature(KeyKind kind);
/// DER to r and s of `width` bytes each.
Bytes raw_ecdsa(BytesView der, std::size_t width);
std::size_t ecdsa_width(KeyKind kind);

/// Starts as a valid envelope of scheme notary.x509, signed 2026-01-01, without expiry, by `chain`.
class JwsBuilder {
 public:
  explicit JwsBuilder(Chain chain = make_chain());

  Members& header() { return header_; }  ///< unprotected
  Members& protected_header() { return protected_; }
  Members& top_level() { return top_; }  ///< added to, or instead of, what build() makes

  JwsBuilder& omit(std::string_view top_level_member);
  JwsBuilder& alg(std::string_view text);
  JwsBuilder& crit(std::string json);         ///< raw
  JwsBuilder& expiry(std::string_view time);  ///< and critical
  JwsBuilder& signing_time(std::string_view time);
  /// Scheme notary.x509.signingAuthority with this time.
  JwsBuilder& signing_authority(std::string_view time);
  JwsBuilder& attribute(std::string_view name, std::string json, bool critical);
  JwsBuilder& payload(std::string json);
  JwsBuilder& timestamp(std::string_view base64);
  /// A timestamp of the signature as it is sent.
  JwsBuilder& countersign(std::function<Bytes(BytesView signature)> timestamp);
  JwsBuilder& raw_protected(std::string json);  ///< instead of protected_header()
  JwsBuilder& protected_text(
      std::string text);  ///< as it stands in the envelope; what is signed stays
  JwsBuilder& payload_text(std::string text);  ///< likewise
  JwsBuilder& sign_as(SignWith how);           ///< with the leaf's key
  JwsBuilder& sign_by(const Key& key);
  JwsBuilder& der_signature();  ///< leaves ECDSA as DER
  JwsBuilder& edit_signature(std::function<void(Bytes&)> edit);
  JwsBuilder& signature_text(std::string text);

  [[nodiscard]] std::string build() const;
  [[nodiscard]] const Chain& chain() const { return chain_; }

 private:
  void write_crit();

  Chain chain_;
  Members header_;
  Members protected_;
  Members top_;
  std::vector<std::string> omitted_;
  std::vector<std::string> critical_;
  std::string payload_ = test_payload();
  std::optional<std::string> raw_protected_;
  std::optional<std::string> protected_text_;
  std::optional<std::string> payload_text_;
  std::optional<std::string> signature_text_;
  SignWith how_;
  const Key* signer_;
  bool der_signature_ = false;
  std::function<void(Bytes&)> edit_signature_;
  std::function<Bytes(BytesView)> countersign_;
};

}  // namespace countersign::testing
