#include "control/ctl_chain.hpp"

#include <array>

namespace windlass::control {
namespace {
/// What stands in front of the records of a link, by its name.
struct Heading {
  std::string_view link, words;
  bool begins_zone;  ///< the link speaks of a zone further down
};
constexpr auto headings = std::to_array<Heading>({
    {"anchor", "trust anchor ", true},
    {"ds", "", true},
    {"no_ds", "no DS: ", true},
    {"no_cut", "no zone at ", false},
    {"dnskey", "", true},
    {"data", "", false},
    {"kept", "", true},
    {"negative_anchor", "negative trust anchor ", true},
});

const Heading& heading_of(const std::string& link) {
  for (const Heading& row : headings)
    if (row.link == link) return row;
  return headings[5];
}

/// Draws one link after the other; the last of a tree must be known as such.
class Picture {
 public:
  explicit Picture(const Painter& paint) : paint_(paint) {}

  void add(const Row& link, bool last) {
    const std::string name = text_of(link, "link"), zone = text_of(link, "zone");
    const Heading& heading = heading_of(name);
    if (name == "anchor" || out_.empty()) {
      depth_ = 0;
      begin(zone);
    } else if (heading.begins_zone && zone != zone_) {
      ++depth_;
      begin(zone);
    }
    item(link, heading, last);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string indent(std::size_t depth) const { return std::string(4 * depth, ' '); }

  void begin(const std::string& zone) {
    zone_ = zone;
    if (depth_ > 0) out_ += indent(depth_ - 1) + "`-- ";
    out_ += paint_(Ink::bold, zone) + "\n";
  }

  void item(const Row& link, const Heading& heading, bool last) {
    const bool failed = find_field(link, "failed") != nullptr;
    const std::string verdict = text_of(link, "verdict");
    std::string what(heading.words);
    if (heading.link == "no_cut") what += text_of(link, "zone") + ": ";
    what += text_of(link, "text");
    out_ += indent(depth_) + (last ? "`-- " : "|-- ");
    if (failed) out_ += paint_(Ink::red, "FAILED ");
    out_ += what + " -> " + paint_(failed ? Ink::red : ink_of(verdict), verdict) + "\n";
    const std::string below = indent(depth_) + (last ? "      " : "|     ");
    if (const auto by = signature(link); !by.empty()) out_ += below + by + "\n";
    if (const auto ede = text_of(link, "ede"); !ede.empty())
      out_ += below + paint_(failed ? Ink::red : Ink::none, ede) + "\n";
  }

  static std::string signature(const Row& link) {
    const std::string tag = text_of(link, "key_tag");
    if (tag.empty()) return {};
    return "RRSIG by " + tag + " (" + text_of(link, "algorithm") + "), " +
           text_of(link, "inception") + " to " + text_of(link, "expiration");
  }

  const Painter& paint_;
  std::string out_, zone_;
  std::size_t depth_ = 0;
};
}  // namespace

bool is_link(const Row& row) {
  return find_field(row, "link") != nullptr;
}

std::string chain_picture(std::span<const Row* const> links, const Painter& paint) {
  if (links.empty()) return {};
  Picture picture(paint);
  for (std::size_t i = 0; i < links.size(); ++i) {
    const bool last = i + 1 == links.size() || text_of(*links[i + 1], "link") == "anchor";
    picture.add(*links[i], last);
  }
  return paint(Ink::bold, "chain of trust") + "\n" + picture.take();
}
}  // namespace windlass::control
