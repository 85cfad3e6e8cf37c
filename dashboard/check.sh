#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the types of the dashboard and runs its unit tests in <folder>; the source tree stays as it is.
# usage: dashboard/check.sh <folder>
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/check"
cd "$1/check"
rm -rf src
cp -R "$source"/{src,package.json,package-lock.json,.npmrc,tsconfig.json,vite.config.ts} .
mkdir -p ../docs
cp "$source"/../docs/{cluster,errors}.md ../docs/
if ! cmp -s package-lock.json installed-lock.json; then
  rm -f installed-lock.json
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json installed-lock.json
fi
node node_modules/typescript/bin/tsc --noEmit
node node_modules/vitest/vitest.mjs run
