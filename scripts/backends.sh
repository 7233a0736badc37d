#!/usr/bin/env bash
# Brings the metric backends that the end-to-end tests run against into a cache outside git.
# See scripts/backends/README.md.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/backends
cache=${LYREBIRD_BACKENDS:-${XDG_CACHE_HOME:-$HOME/.cache}/lyrebird/backends}
default_backends='prometheus-debian victoria-metrics node-exporter otelcol prometheus'

usage() {
  cat <<EOF
Usage: scripts/backends.sh [options] [BACKEND...]

Brings real metric backends into a cache outside git, builds only what is missing or whose pin has
changed, and ends with one line for each program: name, version, path; or why it is not there.

Backends (all but chromium when none is named):
  prometheus-debian  the distribution's package: prometheus-debian, promtool-debian
  victoria-metrics   the distribution's package: victoria-metrics
  node-exporter      the distribution's package: node-exporter, whose pages are learned from
  otelcol            OpenTelemetry Collector, built with Go by its own builder
  prometheus         Prometheus 3, built with Go: prometheus, promtool
  chromium           the distribution's package, installed into the system

Options:
  --with-chromium  chromium too
  --require        exit 1 when something is missing (also with CI=true)
  --rebuild        bring what is named again, even if it is there
  --list           only say what is there
  -h, --help       this text

The cache is \$LYREBIRD_BACKENDS, else \$XDG_CACHE_HOME/lyrebird/backends, else
~/.cache/lyrebird/backends; now:
  $cache

Example:
  scripts/backends.sh --require prometheus otelcol

Exit codes: 0; 1 when something is missing that is required; 2 for a wrong option.
EOF
}

# The programs that a backend brings, as they are called in <cache>/bin.
programs_of() {
  case $1 in
    prometheus-debian) echo prometheus-debian promtool-debian ;;
    prometheus) echo prometheus promtool ;;
    *) echo "$1" ;;
  esac
}

say() { printf 'backends: %s\n' "$*" >&2; }

digest() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1
}

# What a stored program must have been made from: a change of any of it brings it again. The word in
# front is the revision of the recipe below.
pin_of() {
  local machine
  machine=$(uname -sm)
  case $1 in
    prometheus) echo "build-1 $machine $(cat "$here"/prometheus/go.mod "$here"/prometheus/go.sum | digest)" ;;
    otelcol) echo "build-1 $machine $(cat "$here"/otelcol.yaml "$here"/otelcol-builder/go.mod "$here"/otelcol-builder/go.sum | digest)" ;;
    *) echo "package-1 $machine" ;;
  esac
}

has_programs() {
  local program
  for program in $(programs_of "$1"); do
    [ -x "$cache/bin/$program" ] || return 1
  done
}

# A program without a stamp was put there by hand, and is left as it is.
is_current() {
  has_programs "$1" || return 1
  [ -f "$cache/stamps/$1" ] || return 0
  [ "$(sed -n 1p "$cache/stamps/$1")" = "$(pin_of "$1")" ]
}

fail() {
  printf '%s\n' "$1" >"$work/reason"
  return 1
}

# The last line of the log that says something, for a reason of one line.
last_line() { grep -v '^[[:space:]]*$' "$1" | tail -n 1 | cut -c 1-300; }

# ---- packages of the distribution: unpacked into the cache, not installed, so that no service starts

# get_package PACKAGE: leaves its content in $work/root and its version in $work/version.
get_package() {
  local deb
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    fail "this machine has no apt-get and dpkg-deb" || return 1
  mkdir -p "$work/deb" "$work/root"
  if ! (cd "$work/deb" && apt-get download "$1"); then
    # No package lists on this machine, or old ones: read new ones into the work directory, which needs no root.
    local own=(-o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/apt")
    mkdir -p "$work/lists/partial" "$work/apt/archives/partial"
    { apt-get "${own[@]}" update && (cd "$work/deb" && apt-get "${own[@]}" download "$1"); } ||
      fail "apt-get cannot download the package $1: $(last_line "$log")" || return 1
  fi
  deb=$(find "$work/deb" -name '*.deb' | head -n 1)
  dpkg-deb -x "$deb" "$work/root" || fail "dpkg-deb cannot unpack $1" || return 1
  dpkg-deb -f "$deb" Version >"$work/version"
}

bring_prometheus_debian() {
  get_package prometheus || return 1
  { mv "$work/root/usr/bin/prometheus" "$work/out/prometheus-debian" &&
    mv "$work/root/usr/bin/promtool" "$work/out/promtool-debian"; } ||
    fail "the package holds no prometheus and promtool"
}

bring_victoria_metrics() {
  get_package victoria-metrics || return 1
  mv "$work/root/usr/bin/victoria-metrics" "$work/out/victoria-metrics" ||
    fail "the package holds no victoria-metrics"
}

bring_node_exporter() {
  get_package prometheus-node-exporter || return 1
  mv "$work/root/usr/bin/prometheus-node-exporter" "$work/out/node-exporter" ||
    fail "the package holds no prometheus-node-exporter"
}

bring_chromium() {
  local as_root=()
  if ! command -v chromium >/dev/null; then
    command -v apt-get >/dev/null || fail "this machine has no apt-get" || return 1
    if [ "$(id -u)" != 0 ]; then
      command -v sudo >/dev/null && sudo -n true || fail "installing chromium needs root" || return 1
      as_root=(sudo -n)
    fi
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium)
    ${as_root[@]+"${as_root[@]}"} "${install[@]}" ||
      { ${as_root[@]+"${as_root[@]}"} apt-get update && ${as_root[@]+"${as_root[@]}"} "${install[@]}"; } ||
      fail "apt-get cannot install chromium: $(last_line "$log")" || return 1
  fi
  ln -s "$(command -v chromium)" "$work/out/chromium"
  chromium --version | awk '{ print $2 }' >"$work/version"
}

# ---- built with Go

need_go() {
  command -v go >/dev/null || fail "Go is not installed" || return 1
  # Static programs, with the Go that is here and nothing of the caller's own Go settings for a workspace.
  export CGO_ENABLED=0 GOWORK=off GOFLAGS=-buildvcs=false GOTOOLCHAIN="${GOTOOLCHAIN:-local}"
  unset GOOS GOARCH
}

bring_prometheus() {
  local module=github.com/prometheus/prometheus version
  need_go && cd "$here/prometheus" || return 1
  go mod download "$module" || fail "cannot download $module: $(last_line "$log")" || return 1
  version=$(cat "$(go list -mod=readonly -m -f '{{.Dir}}' "$module")/VERSION") ||
    fail "$module does not say its version" || return 1
  # Static, file and HTTP discovery only: the clouds' clients would double the build. The module has no web pages.
  nice -n 10 go build -mod=readonly -trimpath -tags remove_all_sd \
    -ldflags "-s -w -X github.com/prometheus/common/version.Version=$version" \
    -o "$work/out/" "$module/cmd/prometheus" "$module/cmd/promtool" ||
    fail "the build failed: $(last_line "$log")" || return 1
  printf '%s\n' "$version" >"$work/version"
}

bring_otelcol() {
  need_go && cd "$here/otelcol-builder" || return 1
  nice -n 10 go build -mod=readonly -trimpath -o "$work/builder" go.opentelemetry.io/collector/cmd/builder ||
    fail "the Collector's builder cannot be built: $(last_line "$log")" || return 1
  sed "s|^dist:|dist:\n  output_path: $work/src|" "$here/otelcol.yaml" >"$work/otelcol.yaml"
  nice -n 10 "$work/builder" --config "$work/otelcol.yaml" ||
    fail "the Collector's builder failed: $(last_line "$log")" || return 1
  mv "$work/src/otelcol" "$work/out/otelcol" || fail "the builder left no otelcol" || return 1
  sed -n 's/^  version: *//p' "$here/otelcol.yaml" >"$work/version"
}

# ---- into the cache

# store BACKEND: runs what was brought, then moves it into the cache with one rename for each program.
store() {
  local program
  for program in $(programs_of "$1"); do
    "$work/out/$program" --version || fail "$program does not run on this machine: $(last_line "$log")" || return 1
  done
  for program in $(programs_of "$1"); do
    mv -f "$work/out/$program" "$cache/bin/$program" || return 1
  done
  { pin_of "$1" && cat "$work/version"; } >"$work/stamp"
  mv -f "$work/stamp" "$cache/stamps/$1"
}

work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# bring BACKEND: leaves the backend in the cache, or the reason why not in <cache>/reasons.
bring() {
  local started=$SECONDS reason
  log=$cache/logs/$1.log
  work=$(mktemp -d "$cache/work.XXXXXX")
  mkdir "$work/out"
  say "$1: bringing it (log: $log)"
  if ("bring_${1//-/_}" && store "$1") </dev/null >"$log" 2>&1; then
    rm -f "$cache/reasons/$1"
    say "$1: done in $((SECONDS - started)) s"
  else
    reason=$(cat "$work/reason" 2>/dev/null || echo "see $log")
    printf '%s\n' "$reason" >"$cache/reasons/$1"
    say "$1: $reason"
  fi
  rm -rf "$work"
  work=
}

# report BACKEND: a line for each of its programs; fails when one of them is missing or outdated.
report() {
  local program version reason complete=true
  reason=$(cat "$cache/reasons/$1" 2>/dev/null || echo 'not brought yet')
  for program in $(programs_of "$1"); do
    if [ ! -x "$cache/bin/$program" ]; then
      complete=false
      printf '%-18s %-22s %s\n' "$program" missing "$reason"
      continue
    fi
    version='(put there by hand)'
    [ ! -f "$cache/stamps/$1" ] || version=$(sed -n 2p "$cache/stamps/$1")
    if is_current "$1"; then
      printf '%-18s %-22s %s\n' "$program" "$version" "$cache/bin/$program"
    else
      complete=false
      printf '%-18s %-22s %s (outdated: %s)\n' "$program" "$version" "$cache/bin/$program" "$reason"
    fi
  done
  $complete
}

named=
chromium=
require=false
rebuild=false
list=false
[ "${CI:-}" != true ] || require=true
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --with-chromium) chromium=chromium ;;
    --require) require=true ;;
    --rebuild) rebuild=true ;;
    --list) list=true ;;
    prometheus-debian | victoria-metrics | node-exporter | otelcol | prometheus | chromium) named="$named $1" ;;
    *) say "unknown option or backend '$1'; see --help" && exit 2 ;;
  esac
  shift
done
backends="${named:-$default_backends} $chromium"

mkdir -p "$cache/bin" "$cache/stamps" "$cache/logs" "$cache/reasons"
if ! $list; then
  for backend in $backends; do
    if $rebuild || ! is_current "$backend"; then
      # One run at a time; another run may have brought it in the meantime.
      exec 9>"$cache/lock"
      if command -v flock >/dev/null; then flock 9; fi
      if $rebuild || ! is_current "$backend"; then bring "$backend"; fi
      exec 9>&-
    fi
  done
fi

complete=true
for backend in $backends; do report "$backend" || complete=false; done
$complete || ! $require || exit 1
