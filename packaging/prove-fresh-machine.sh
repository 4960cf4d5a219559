#!/usr/bin/env bash
# Proves that a bare Debian 12 (debootstrap minbase: no compiler, no sudo, no resolver) gets from a clean clone
# to a built, demonstrated and tested Windlass with the commands of README.md alone.
#
# Everything happens in a chroot below a temporary folder, inside a mount and PID namespace of its own: when
# this script ends, however it ends, its processes and mounts are gone and the folder is removed. Packages come
# from the Debian mirror that this machine's own apt uses. The default configuration runs only in a network
# namespace that has nothing but lo.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: packaging/prove-fresh-machine.sh [--scenarios DIR] [--cache DIR] [--keep] [STEP...]

  STEP             build, demo, run, test; default: all four, in this order
  --scenarios DIR  copied beside the clone, where ./dev test finds it
  --cache DIR      where the bare system is kept between runs (default: below $TMPDIR or /tmp)
  --keep           leaves the chroot and says where it is
Needs root, debootstrap, git, iproute2 and a Debian mirror in apt's sources.
TEXT
}

die() { printf 'prove: %s\n' "$*" >&2; exit 1; }
say() { printf '## %s\n' "$*"; }

suite=bookworm
repository=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
temporary=${TMPDIR:-/tmp}
cache=$temporary/windlass-fresh-machine
scenarios='' keep=no steps=()

arguments() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --scenarios) scenarios=$(readlink -e "${2:?}") || die "no folder $2"; shift 2 ;;
      --cache) cache=${2:?}; shift 2 ;;
      --keep) keep=yes; shift ;;
      -h | --help) usage; exit 0 ;;
      build | demo | run | test) steps+=("$1"); shift ;;
      *) usage >&2; exit 2 ;;
    esac
  done
  if [ ${#steps[@]} = 0 ]; then steps=(build demo run test); fi
}

# ---- the bare system -----------------------------------------------------------------------------

# Lines "URI SUITE COMPONENT" of this machine's own Debian sources.
sources() { apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | grep " $suite" | sort -u; }

make_base() {
  local base=$cache/$suite-minbase.tar mirror
  if [ ! -f "$base" ]; then
    mirror=$(sources | awk -v s=$suite '$2 == s { print $1; exit }')
    [ -n "$mirror" ] || die "apt's sources name no $suite mirror"
    say "debootstrap minbase $suite"
    mkdir -p "$cache"
    debootstrap --variant=minbase $suite "$work/root" "$mirror" > "$work/debootstrap.log" 2>&1 ||
      { tail -n 5 "$work/debootstrap.log" >&2; die "debootstrap failed"; }
    tar -C "$work/root" -cf "$base.$$" . && mv "$base.$$" "$base"
  else
    mkdir "$work/root"
    tar -C "$work/root" -xf "$base"
  fi
}

# The chroot reaches the mirror the way this machine does.
connect() {
  sources | sed 's/^/deb /' > "$work/root/etc/apt/sources.list"
  apt-config dump | grep -E '^Acquire::(Check-|http|https|Retries|ForceIPv)' > "$work/root/etc/apt/apt.conf.d/90mirror" || true
  rm -f "$work/root/etc/resolv.conf"
  cp -L /etc/resolv.conf "$work/root/etc/resolv.conf"
}

clone() {
  git clone --quiet --no-hardlinks "$repository" "$work/root/src/windlass"
  say "clean clone of $(git -C "$work/root/src/windlass" log -1 --format='%h %s')"
  if [ -n "$scenarios" ]; then
    mkdir -p "$work/root/src/shared"
    cp -r "$scenarios" "$work/root/src/shared/scenarios"
  fi
}

# ---- inside the namespaces -----------------------------------------------------------------------

# The root is a mount of its own: tests give their servers small disks, and make what they mount private to them.
mount_kernel_files() {
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys" || true
  mount -t tmpfs tmpfs "$root/dev/shm" 2>/dev/null || { mkdir -p "$root/dev/shm" && mount -t tmpfs tmpfs "$root/dev/shm"; }
  mkdir -p "$root/dev/pts" && mount -t devpts devpts "$root/dev/pts" || true
}

# "${inside[@]}" COMMAND...: in the chroot, in the clone, with a login's environment. One process, so that a
# signal sent to it reaches COMMAND.
inside_of() {
  inside=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C.UTF-8
    chroot "$1" bash -c 'cd /src/windlass && exec "$@"' -)
}

within() {  # SECONDS FILE PATTERN: waits for a line while the server lives
  local tries=$(($1 * 10))
  until grep -Eqi "$3" "$2"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] && kill -0 "$server" 2>/dev/null || { echo "not within $1 s: $3"; return 1; }
    sleep 0.1
  done
}

# ./dev run as on a machine without Internet: it says where it listens, says that there is no Internet and
# what to do instead, answers SERVFAIL with an extended error, and ends within 2 s of SIGTERM.
default_run() {
  local log=$root/src/run.log server answer status=0 began
  ip link set lo up
  "${inside[@]}" ./dev run > "$log" 2>&1 &
  server=$!
  {
    within 300 "$log" 'listen' &&
      within 10 "$log" 'dig @127\.0\.0\.1' &&
      within 15 "$log" 'no internet' &&
      within 5 "$log" 'dev demo' &&
      within 5 "$log" 'dev run --offline'
  } || status=1
  answer=$("${inside[@]}" dig @127.0.0.1 -p 5300 +tries=1 +time=12 example.org A 2>&1) || status=1
  printf '%s\n' "$answer"
  grep -q 'status: SERVFAIL' <<< "$answer" || { echo "expected SERVFAIL"; status=1; }
  grep -q 'EDE: ' <<< "$answer" || { echo "expected an extended DNS error"; status=1; }
  began=$(date +%s%N)
  kill -TERM $server 2>/dev/null || status=1
  wait $server || { echo "exit code $? after SIGTERM"; status=1; }
  echo "ended $((($(date +%s%N) - began) / 1000000)) ms after SIGTERM"
  [ $((($(date +%s%N) - began) / 1000000)) -le 2500 ] || status=1
  sed 's/^/  run: /' "$log"
  return $status
}

step() {
  case "$1" in
    build) "${inside[@]}" ./dev build ;;
    demo) "${inside[@]}" ./dev demo ;;
    test) "${inside[@]}" ./dev test ;;
    run) # packages first, while there is a network; then nothing but lo
      "${inside[@]}" sh -c 'command -v dig >/dev/null || { apt-get -qq update && apt-get -qq -y install --no-install-recommends bind9-dnsutils >/dev/null; }' &&
        "${inside[@]}" ./dev build &&
        unshare --net "$0" --default-run "$root" ;;
  esac
}

traceless() {
  if [ -e "$root/usr/sbin/policy-rc.d" ]; then echo "policy-rc.d was left behind"; return 1; fi
  if grep -lsE '^(knotd|prometheus|unbound|nsd)$' "$root"/proc/[0-9]*/comm > /dev/null; then echo "a service was started or left running"; return 1; fi
}

all_steps() {
  local passed=0 failed=0 name began
  mount_kernel_files
  for name in "$@"; do
    say "./dev $name"
    began=$SECONDS
    if step "$name" && traceless; then passed=$((passed + 1)); say "$name: passed in $((SECONDS - began)) s"
    else failed=$((failed + 1)); say "$name: FAILED after $((SECONDS - began)) s"; fi
  done
  printf '%d passed, %d failed\n' $passed $failed
  [ $failed = 0 ]
}

# ---- entry ---------------------------------------------------------------------------------------

case "${1:-}" in
  --inside) root=$2; inside_of "$root"; shift 2; all_steps "$@"; exit ;;
  --default-run) root=$2; inside_of "$root"; default_run; exit ;;
esac

arguments "$@"
[ "$(id -u)" = 0 ] || die "needs root"
for tool in debootstrap git ip unshare; do command -v $tool > /dev/null || die "needs $tool"; done
work=$(mktemp -d -p "$temporary" windlass-fresh.XXXXXX)
if [ $keep = yes ]; then trap 'say "kept: $work/root"' EXIT; else trap 'rm -rf --one-file-system "$work"' EXIT; fi
inside=''
ended_by() {  # a shell that waits for what it runs in the foreground would hear a signal only after it
  if [ -n "$inside" ]; then kill -KILL "$inside" && wait "$inside" || true; fi  # unshare is deaf to others
  exit "$1"
}
trap 'ended_by 130' INT
trap 'ended_by 143' TERM HUP
make_base
connect
clone
unshare --mount --pid --fork --kill-child "$0" --inside "$work/root" "${steps[@]}" &
inside=$!
wait "$inside"
