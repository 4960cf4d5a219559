#pragma once
/// Result<T>: a value or an Error. The only way to fail in code that reads octets from outside.
///
/// A subset of C++23 std::expected: when the compiler floor ships that, this becomes one `using`.
/// Never allocates; Error is 16 octets, trivially copied. The query path has not a single throw.
/// Floors that talk to people (conf, control) use their own error type with text: Result<T, E>.
#include <cassert>
#include <cstdint>
#include <utility>
#include <variant>
namespace windlass {

/// What went wrong, for code that decides by it. The text for people is Error::expected.
enum class Errc : std::uint8_t {
  truncated,      ///< the octets end before the structure does
  trailing,       ///< octets are left over behind the structure
  bad_label,      ///< a label type or an escape that RFC 1035 does not know
  bad_pointer,    ///< a compression pointer that does not point strictly backward
  name_too_long,  ///< more than 255 octets, or a label of more than 63
  bad_rdata,      ///< rdata that does not have its type's shape
  bad_text,       ///< presentation form that cannot be read
  bad_edns,       ///< two OPT records, or options that overrun
  bad_version,    ///< a version we do not speak
  limit_reached,  ///< a row of the limits table stopped the work
  unsupported,    ///< an algorithm, digest or type that is not implemented
  bad_key,        ///< a public key that cannot be read
  no_space,       ///< the caller's buffer is too small
  not_found,
  system,  ///< the operating system said no; offset_octets holds errno
};

struct Error {
  Errc code;
  std::uint16_t offset_octets = 0;  ///< from the start of the message; 0: the fault has no place
  const char* expected = "";        ///< static text: what was expected, never what the peer sent
};

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}
  explicit operator bool() const noexcept { return state_.index() == 0; }
  T& operator*() & { return *checked(std::get_if<0>(&state_)); }
  const T& operator*() const& { return *checked(std::get_if<0>(&state_)); }
  T&& operator*() && { return std::move(*checked(std::get_if<0>(&state_))); }
  T* operator->() { return checked(std::get_if<0>(&state_)); }
  const T* operator->() const { return checked(std::get_if<0>(&state_)); }
  const E& error() const { return *checked(std::get_if<1>(&state_)); }

 private:
  template <class P>
  static P checked(P p) {
    return assert(p != nullptr), p;
  }
  std::variant<T, E> state_;
};

struct Done {};  ///< the value of a Result that only succeeds or fails
using Status = Result<Done>;
}  // namespace windlass
