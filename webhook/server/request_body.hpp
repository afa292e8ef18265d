#pragma once
/// A request body as the parser finds it. One that arrived in one piece, as they mostly do, stays
/// where it is; another is put together by appending. (Beast's own string_body copies always, and
/// fills each new part with zeros before.) Private to this module: shows Beast.

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>
#include <string>
#include <string_view>

namespace countersign::server {

struct RequestBody {
  struct value_type {  // NOLINT(readability-identifier-naming): Beast's name
    std::string collected;
    std::string_view in_place;  ///< in the buffer that was given to the parser; "" if collected

    [[nodiscard]] std::string_view view() const {
      return in_place.empty() ? std::string_view(collected) : in_place;
    }
  };

  class reader {  // NOLINT(readability-identifier-naming): Beast's name
   public:
    template <bool isRequest, class Fields>  // NOLINT(readability-identifier-naming): Beast's name
    reader(boost::beast::http::header<isRequest, Fields>& /*header*/, value_type& body)
        : body_(body) {}

    /// Nothing is reserved by what a header announces: the caller has done so within its bounds.
    void init(const boost::optional<std::uint64_t>& length, boost::system::error_code& error) {
      announced_ = length;
      error = {};
    }
    template <class ConstBufferSequence>
    std::size_t put(const ConstBufferSequence& buffers, boost::system::error_code& error) {
      error = {};
      std::size_t count = 0;
      for (const boost::asio::const_buffer buffer : boost::beast::buffers_range_ref(buffers)) {
        const std::string_view part(static_cast<const char*>(buffer.data()), buffer.size());
        if (announced_ && part.size() == *announced_) {
          body_.in_place = part;
        } else {
          body_.collected += part;
        }
        count += part.size();
      }
      return count;
    }
    void finish(boost::system::error_code& error) { error = {}; }

   private:
    value_type& body_;
    boost::optional<std::uint64_t> announced_;
  };
};

}  // namespace countersign::server
