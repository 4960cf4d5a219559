// What windlassctl prints is written, or it is known why not.
#include "control/ctl_output.hpp"

#include <csignal>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

using windlass::control::CtlOutput;

namespace {
struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { REQUIRE(::pipe(ends) == 0); }
  ~Pipe() { ::close(ends[0]); }
  std::string read_all() const {
    std::string out;
    char piece[4096];
    for (ssize_t octets; (octets = ::read(ends[0], piece, sizeof piece)) > 0;)
      out.append(piece, static_cast<std::size_t>(octets));
    return out;
  }
};

/// As when something started with SIGPIPE ignored.
struct NoSigpipe {
  void (*before)(int) = std::signal(SIGPIPE, SIG_IGN);
  ~NoSigpipe() { std::signal(SIGPIPE, before); }
};
}  // namespace

TEST_CASE("Output goes out in pieces, and at the end all of it", "[control][ctl]") {
  const Pipe pipe;
  CtlOutput output(pipe.ends[1]);
  CHECK(output.add("one\n"));
  CHECK(output.add("two\n"));
  CHECK(output.end());
  CHECK(output.end());
  CHECK(output.complaint().empty());
  CHECK(pipe.read_all() == "one\ntwo\n");
}

TEST_CASE("A full disk is said, and nothing is written behind the gap",
          "[control][ctl][negative]") {
  CtlOutput output(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  bool whole = true;
  for (int i = 0; i < 2000 && whole; ++i) whole = output.add(std::string(100, 'x'));
  CHECK_FALSE(whole);
  CHECK_FALSE(output.add("more"));
  CHECK_FALSE(output.end());
  CHECK(output.complaint() == "standard output: No space left on device");
}

TEST_CASE("The last octets count too, and a closed output", "[control][ctl][negative]") {
  CtlOutput full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  CHECK(full.add("few"));
  CHECK_FALSE(full.end());
  CtlOutput readable(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  readable.add("few");
  CHECK_FALSE(readable.end());
  CHECK(readable.complaint() == "standard output: Bad file descriptor");
}

TEST_CASE("A reader that has gone is nothing to complain of", "[control][ctl][negative]") {
  const NoSigpipe ignored;
  int ends[2] = {-1, -1};
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  CtlOutput output(ends[1]);
  output.add("few");
  CHECK_FALSE(output.end());
  CHECK(output.complaint().empty());
}
