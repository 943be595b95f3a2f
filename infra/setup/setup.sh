#!/usr/bin/env bash
# Finds or installs what Stagedoor needs on Debian or Ubuntu, given Go, Node and make. It may be run at any time and takes
# well under a second when there is nothing to do.
#
#   infra/setup/setup.sh        what `make up` needs
#   infra/setup/setup.sh test   and what `make test` needs besides
#
# Packages come through apt, as root or by sudo without a password; otherwise it names them and stops. What it runs is
# logged in build/setup.log.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
purpose=${1:-run}
# shellcheck source=infra/setup/step.sh
. infra/setup/step.sh

has() { command -v "$1" >/dev/null 2>&1; }
any() { compgen -G "$1" >/dev/null; }

# --- what the person brings -------------------------------------------------------------------------------------------

tools() {
	has go || stop "Stagedoor needs Go 1.26 or newer: https://go.dev/dl"
	has node || stop "Stagedoor needs Node 20 or newer: https://nodejs.org"
	has npm || stop "Stagedoor needs npm, which comes with Node (on Debian: apt-get install npm)."
	local minor major
	minor=$(go env GOVERSION | sed -nE 's/^go1\.([0-9]+).*/\1/p')
	# Go from 1.21 on fetches the version that go.mod asks for, unless it is told not to.
	if [ -n "$minor" ] && [ "$minor" -lt 21 ]; then
		stop "Stagedoor needs Go 1.26 or newer; this is $(go env GOVERSION): https://go.dev/dl"
	fi
	major=$(node -p 'process.versions.node.split(".")[0]')
	[ "$major" -ge 20 ] || stop "Stagedoor needs Node 20 or newer; this is Node $(node -v): https://nodejs.org"
}

# --- what apt brings --------------------------------------------------------------------------------------------------

# tinygo_ready: an official TinyGo that is recent enough spares LLVM.
tinygo_ready() {
	has tinygo || return 1
	local version
	version=$(tinygo version 2>/dev/null | sed -nE 's/^tinygo version 0\.([0-9]+)\..*/\1/p')
	[ -n "$version" ] && [ "$version" -ge 41 ] && [ -e "$(tinygo env TINYGOROOT)/lib/wasi-libc" ]
}

browser() {
	[ -n "${CHROMIUM:-}" ] || has chromium || has chromium-browser || has google-chrome || has google-chrome-stable
}

missing_packages() {
	has redis-server || echo redis-server
	if ! tinygo_ready; then
		[ -e /usr/lib/llvm-19/include/llvm-c/Core.h ] || echo llvm-19-dev
		[ -e /usr/lib/llvm-19/bin/clang ] || echo clang-19
		[ -e /usr/lib/llvm-19/include/clang-c/Index.h ] || echo libclang-19-dev
		[ -e /usr/lib/llvm-19/bin/wasm-ld ] || echo lld-19
		any '/usr/lib/wasm32-wasi*/libc.a' || echo wasi-libc
		any '/usr/lib/llvm-19/lib/clang/19*/lib/wasi/libclang_rt.builtins-wasm32.a' ||
			any '/usr/lib/llvm-19/lib/clang/19*/lib/wasm32-unknown-wasi/libclang_rt.builtins.a' || echo libclang-rt-19-dev-wasm32
		has c++ || echo g++
	fi
	if [ "$purpose" = test ]; then
		has cc || echo gcc # the race detector links with it
		browser || echo chromium
	fi
}

# candidate PACKAGE: apt knows a version of it to install.
# grep reads to the end: with -q it would leave early, apt-cache would die of that, and pipefail would call it a no.
candidate() { apt-cache policy "$1" 2>/dev/null | grep 'Candidate: [^(]' >/dev/null; }

distribution() {
	# shellcheck disable=SC1091
	(. /etc/os-release 2>/dev/null && echo "${PRETTY_NAME:-this system}") || echo "this system"
}

packages() {
	local missing
	mapfile -t missing < <(missing_packages | sort -u)
	[ ${#missing[@]} -gt 0 ] || return 0
	has apt-get || stop "Stagedoor needs these, by their Debian names: ${missing[*]}" \
		"$(distribution) has no apt-get, so install them the way it does."
	local root=()
	if [ "$(id -u)" -ne 0 ]; then
		if has sudo && sudo -n true 2>/dev/null; then
			root=(sudo -n)
		elif [ "${missing[*]}" = chromium ]; then
			say "The browser tests need Chromium (apt-get install chromium). Without it they are skipped, and reported as skipped."
			return 0
		else
			stop "Stagedoor needs packages that are not installed, and this is neither root nor sudo without a password. Run:" "" \
				"    sudo apt-get update && sudo apt-get install -y ${missing[*]}" "" "and then the same command again."
		fi
	fi
	local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q)
	step "Reading the package lists" "${apt[@]}" update
	local unknown=() known=() package
	for package in "${missing[@]}"; do
		if candidate "$package"; then known+=("$package"); else unknown+=("$package"); fi
	done
	# Ubuntu's chromium is a pointer to a snap, which neither containers nor CI can run.
	if [[ " ${known[*]} " == *" chromium "* ]] && apt-cache policy chromium | grep 'Candidate:.*snap' >/dev/null; then
		known=("${known[@]/chromium/}")
		unknown+=(chromium)
	fi
	mapfile -t known < <(printf '%s\n' "${known[@]}" | sed '/^$/d')
	if [ ${#known[@]} -gt 0 ]; then
		# --no-install-recommends: redis-server and LLVM recommend much that is of no use here.
		step "Installing ${known[*]}" "${apt[@]}" install -y --no-install-recommends "${known[@]}"
	fi
	[ ${#unknown[@]} -gt 0 ] || return 0
	say "" "$(distribution) has no package for: ${unknown[*]}"
	local llvm=() rest=()
	for package in "${unknown[@]}"; do
		case $package in
		*19* | wasi-libc) llvm+=("$package") ;;
		chromium) ;;
		*) rest+=("$package") ;;
		esac
	done
	if [ ${#llvm[@]} -gt 0 ]; then
		say "" "The edge is compiled by TinyGo. Either" \
			"  - put an official TinyGo 0.41 or newer on PATH (https://tinygo.org/getting-started/install/linux/), or" \
			"  - add LLVM 19 from https://apt.llvm.org and install ${llvm[*]}."
	fi
	if [[ " ${unknown[*]} " == *" chromium "* ]]; then
		say "" "The browser tests need a Chromium or Google Chrome on PATH (or its path in CHROMIUM). Without one they are" \
			"skipped, and reported as skipped."
	fi
	if [ ${#llvm[@]} -gt 0 ] || [ ${#rest[@]} -gt 0 ]; then
		stop "" "Then run the same command again."
	fi
}

# --- what npm brings --------------------------------------------------------------------------------------------------

node_packages() {
	local stamp=node_modules/.stagedoor-lock want
	want=$(cat package.json package-lock.json | sha256sum)
	[ "$(cat "$stamp" 2>/dev/null)" != "$want" ] || return 0
	if ! npm_matches; then
		step "Installing the Node packages (workerd, Postgres, the browser driver)" \
			npm ci --no-audit --no-fund --loglevel=error
	fi
	echo "$want" >"$stamp"
}

# npm_matches: somebody ran npm by hand and it left exactly what the lock file asks for.
npm_matches() {
	[ -e node_modules/.package-lock.json ] || return 1
	node - <<'JS'
const fs = require('fs'), read = f => JSON.parse(fs.readFileSync(f)).packages;
const want = read('package-lock.json'), have = read('node_modules/.package-lock.json');
// An optional package is rightly absent when it, or the one that wants it, is for another system.
const here = p => [[p.os, process.platform], [p.cpu, process.arch]].every(([list, h]) => list?.includes(h)) && !p.libc?.includes('musl');
for (const [path, p] of Object.entries(want)) {
  if (!path || (p.optional && !here(p) && !have[path])) continue;
  if (have[path]?.version !== p.version || !fs.existsSync(path)) process.exit(1);
}
JS
}

exec 9>build/setup.lock
flock -n 9 || { say "Another setup is at work; waiting for it." && flock 9; }
tools
packages
node_packages
