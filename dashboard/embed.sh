#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the dashboard in <folder>, and the script of our SDK, and writes both there as C++:
# <folder>/embedded_assets.cpp. The source tree stays as it is. Packages are installed when package-lock.json is
# another one than the last time; else no network is needed.
# usage: dashboard/embed.sh <folder>
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
sdk=$source/../sdk/typescript
mkdir -p "$1/staging" "$1/docs"
folder=$(cd "$1" && pwd)
cd "$folder/staging"

rm -rf src sdk
cp -R "$source"/{src,index.html,package.json,package-lock.json,.npmrc,tsconfig.json,vite.config.ts} .
cp "$source"/../docs/{cluster,errors}.md ../docs/
if ! cmp -s package-lock.json installed-lock.json; then
  echo "==> installing the packages that the dashboard is built with"
  rm -f installed-lock.json
  npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json installed-lock.json
fi
node node_modules/vite/bin/vite.js build --logLevel warn --outDir "$folder/dist" --emptyOutDir

scripts=()
if [ -f "$sdk/build.mjs" ]; then
  # Vite has brought the bundler that the SDK is built with.
  mkdir sdk
  cp -R "$sdk"/{src,build.mjs,package.json} sdk/
  (cd sdk && node build.mjs)
  scripts+=("/sdk.js=$folder/staging/sdk/dist/hapax.iife.js")
fi
node "$source/embed.js" "$folder/dist" "$folder/embedded_assets.cpp" "${scripts[@]}"
