#pragma once
/// COSE envelopes for tests: valid unless told otherwise, and every octet of them can be made
/// wrong.

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "support/pki.hpp"

namespace countersign::testing {

/// A writer of CBOR. Nothing is checked: what is written may be malformed.
namespace cbor {

/// Octets of an argument after the first octet of a head; kNone is for arguments below 24.
enum class Width : std::uint8_t { kShortest, kNone, kOne, kTwo, kFour, kEight };

Bytes head(unsigned major, std::uint64_t argument, Width width = Width::kShortest);
Bytes integer(std::int64_t value, Width width = Width::kShortest);
Bytes bytes(BytesView content, Width width = Width::kShortest);
Bytes text(std::string_view content, Width width = Width::kShortest);
Bytes array(const std::vector<Bytes>& items, Width width = Width::kShortest);
/// key, value, key, value, …
Bytes map(const std::vector<Bytes>& items, Width width = Width::kShortest);
Bytes tag(std::uint64_t number, const Bytes& value, Width width = Width::kShortest);
Bytes null();
Bytes boolean(bool value);
Bytes float64(double value);
/// Of indefinite length: for strings, `parts` are whole strings.
Bytes indefinite(unsigned major, const std::vector<Bytes>& parts);
Bytes join(const std::vector<Bytes>& parts);
/// `depth` arrays in each other, then `inner`.
Bytes nested(std::size_t depth, const Bytes& inner);
/// From hexadecimal digits.
Bytes hex(std::string_view digits);

/// Tag 1.
Bytes time(std::int64_t seconds);

/// Entries in order, so that duplicates and odd types can be written.
class Map {
 public:
  /// Replaces the value of `key`, or adds it. Both are CBOR.
  Map& put(const Bytes& key, Bytes value);
  Map& put(std::int64_t key, Bytes value) { return put(integer(key), std::move(value)); }
  Map& put(std::string_view key, Bytes value) { return put(text(key), std::move(value)); }
  Map& add(Bytes key, Bytes value);  ///< even if it is there
  Map& remove(const Bytes& key);
  Map& remove(std::int64_t key) { return remove(integer(key)); }
  Map& remove(std::string_view key) { return remove(text(key)); }
  [[nodiscard]] const Bytes& at(const Bytes& key) const;
  /// key, value, key, value, …
  [[nodiscard]] std::vector<Bytes> items() const;
  [[nodiscard]] Bytes encoded(Width width = Width::kShortest) const { return map(items(), width); }

 private:
  std::vector<std::pair<Bytes, Bytes>> list_;
};

}  // namespace cbor

/// Seconds of 2026-01-01T00:00:00Z and 2030-01-01T00:00:00Z.
inline constexpr std::int64_t kStartOf2026 = 1767225600;
inline constexpr std::int64_t kStartOf2030 = 1893456000;

/// COSE's number of the algorithm of a key.
std::int64_t cose_algorithm_of(KeyKind kind);

/// ToBeSigned of RFC 9052 section 4.4.
Bytes cose_signature1(BytesView protected_content, BytesView payload, BytesView external_aad = {});

/// Starts as a valid envelope of scheme notary.x509, signed 2026-01-01, without expiry, by `chain`.
class CoseBuilder {
 public:
  explicit CoseBuilder(Chain chain = make_chain());

  cbor::Map& protected_header() { return protected_; }
  cbor::Map& unprotected() { return unprotected_; }

  CoseBuilder& alg(std::int64_t number);
  CoseBuilder& raw_crit(Bytes value);  ///< CBOR
  CoseBuilder& crit(const std::vector<Bytes>& labels);
  CoseBuilder& scheme(std::string_view name);
  CoseBuilder& signing_time(Bytes value);  ///< CBOR
  CoseBuilder& expiry(Bytes value);        ///< CBOR; and critical
  /// Scheme notary.x509.signingAuthority with this time.
  CoseBuilder& signing_authority(Bytes value);
  CoseBuilder& attribute(const Bytes& key, Bytes value, bool critical);
  CoseBuilder& payload(std::string_view content);
  CoseBuilder& timestamp(BytesView token);
  /// A timestamp of the signature as it is sent.
  CoseBuilder& countersign(std::function<Bytes(BytesView signature)> timestamp);
  CoseBuilder& raw_protected(Bytes content);  ///< instead of protected_header(); is signed

  /// What is sent, whatever was signed.
  CoseBuilder& prefix(Bytes start);                      ///< instead of D2 84
  CoseBuilder& element(std::size_t index, Bytes value);  ///< 0 to 3; CBOR
  CoseBuilder& edit_payload(std::function<void(Bytes&)> edit);
  CoseBuilder& edit_protected(std::function<void(Bytes&)> edit);
  CoseBuilder& after(Bytes trailing);

  CoseBuilder& sign_as(SignWith how);  ///< with the leaf's key
  CoseBuilder& sign_by(const Key& key);
  CoseBuilder& der_signature();  ///< leaves ECDSA as DER
  CoseBuilder& edit_signature(std::function<void(Bytes&)> edit);
  /// Signs these octets instead, whatever is sent.
  CoseBuilder& sign_over(std::function<Bytes(BytesView protected_content, BytesView payload)> what);

  [[nodiscard]] Bytes protected_content() const;
  [[nodiscard]] Bytes build() const;
  [[nodiscard]] const Chain& chain() const { return chain_; }

 private:
  void write_crit();

  Chain chain_;
  cbor::Map protected_;
  cbor::Map unprotected_;
  std::vector<Bytes> critical_;
  Bytes payload_;
  std::optional<Bytes> raw_protected_;
  Bytes prefix_ = {0xD2, 0x84};
  std::array<std::optional<Bytes>, 4> elements_;
  Bytes after_;
  SignWith how_;
  const Key* signer_;
  bool der_signature_ = false;
  std::function<void(Bytes&)> edit_payload_;
  std::function<void(Bytes&)> edit_protected_;
  std::function<void(Bytes&)> edit_signature_;
  std::function<Bytes(BytesView)> countersign_;
  std::function<Bytes(BytesView, BytesView)> sign_over_;
};

}  // namespace countersign::testing
