#!/usr/bin/env bash
# Makes the browser's copies of the libraries that pages use, from node_modules: one small file each, committed, with its
# licence at its head. Run it after a change of version in package.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

vendor() { # module, file, licence line
  node_modules/.bin/esbuild --bundle --minify --format=esm --target=es2022 --legal-comments=none \
    --banner:js="/* $3 Made by infra/setup/vendor.sh. */" --outfile="$2" --log-level=warning <<< "$1"
}
console=origin/console/frame/static/js/vendor
shop=origin/storefront/asset/static/js/vendor
mkdir -p "$console" "$shop"
vendor 'export { default } from "jsqr";' "$console/jsqr.js" "jsQR, Apache License 2.0, https://github.com/cozmo/jsQR."
vendor 'export { verifyAsync } from "@noble/ed25519";' "$console/ed25519.js" "noble-ed25519, MIT License, https://github.com/paulmillr/noble-ed25519."
vendor 'export { default } from "qrcode-generator";' "$shop/qrcode.js" "qrcode-generator, MIT License, Copyright (c) 2009 Kazuhiko Arase."
