#pragma once
/// The chain of trust of `why` as a picture: a tree of zones from the trust anchor down, the link
/// that breaks it marked, and its reason in the last line.
///
///   . trust anchor DS 4711 (RSASHA256, SHA-256)
///   |-- DNSKEY 4711 (RSASHA256, KSK), 815 (RSASHA256, ZSK) -> secure
///   |     signed by 4711 (RSASHA256), 2026-11-01T00:00:00Z to 2026-11-22T00:00:00Z
///   `-- org.
///       |-- DS 23 (ECDSAP256SHA256, SHA-256) -> secure
#include <span>
#include <string>

#include "control/ctl_ink.hpp"
namespace windlass::control {

/// A row of `why` that is a link of the chain, no question to a server.
bool is_link(const Row& row);
/// `links`: rows in the order judged. Each trust anchor begins a tree of its own.
std::string chain_picture(std::span<const Row* const> links, const Painter& paint);
}  // namespace windlass::control
