#pragma once
/// What windlassctl prints, on its way to standard output: each octet is written, or it is known
/// why not.
#include <string>
#include <string_view>
namespace windlass::control {

class CtlOutput {
 public:
  /// Takes `fd` over. A terminal is written to at once, everything else in pieces.
  explicit CtlOutput(int fd);
  ~CtlOutput();
  CtlOutput(const CtlOutput&) = delete;
  CtlOutput& operator=(const CtlOutput&) = delete;
  /// False: this or an earlier write failed, and nothing is written any more.
  bool add(std::string_view text);
  /// Writes what is left and closes the file, for some file systems say only then that it is full.
  bool end();
  /// "standard output: No space left on device"; empty: nothing failed, or the reader of a pipe
  /// has gone, who has what was wanted.
  std::string complaint() const;

 private:
  static constexpr std::size_t piece_octets = 1u << 16;
  void flush();
  int fd_;
  bool at_once_;
  int error_ = 0;  ///< errno of the first write that failed
  std::string waiting_;
};

/// Opens the standard descriptors that the caller closed, so that no socket or file gets the number
/// of one; writing to them fails. Before anything else is opened.
void hold_standard_descriptors();
}  // namespace windlass::control
