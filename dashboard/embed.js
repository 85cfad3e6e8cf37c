// SPDX-License-Identifier: Apache-2.0
// Writes the files of a built dashboard, and scripts that are served beside it, as a table of C++ (src/assets).
// usage: node embed.js <folder of files> <table.cpp> [<path>=<file>...]
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const BYTES_PER_LINE = 32;
/** A compressed form that saves less than this part of the file is left out. */
const WORTH_IT = 0.1;

function filesIn(folder) {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : [path]))
    .sort();
}

function worth(form, plain) {
  return form.length < plain.length * (1 - WORTH_IT) ? form : Buffer.alloc(0);
}

function asset(path, file, shared) {
  const type = TYPES[extname(file)];
  if (!type) throw new Error(`${file}: no content type is known for it; add it to TYPES in embed.js`);
  const plain = readFileSync(file);
  return {
    path,
    type,
    shared,
    tag: createHash('sha256').update(plain).digest('base64url').slice(0, 22),
    immutable: path.startsWith('/assets/'),
    plain,
    gzip: worth(gzipSync(plain, { level: 9 }), plain),
    brotli: worth(brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }), plain),
  };
}

function array(name, bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    lines.push([...bytes.subarray(at, at + BYTES_PER_LINE)].join(','));
  }
  return `constexpr unsigned char ${name}[] = {\n${lines.join(',\n')}};\n`;
}

function code(assets) {
  let arrays = '';
  const rows = assets.map((each, index) => {
    const text = (form) => {
      if (each[form].length === 0) return '{}';
      const name = `k${form[0].toUpperCase()}${form.slice(1)}${index}`;
      arrays += array(name, each[form]);
      return `text(${name})`;
    };
    return `    {"${each.path}", "${each.type}", "${each.tag}", ${each.immutable}, ${each.shared},\n` +
      `     ${text('plain')}, ${text('gzip')}, ${text('brotli')}},\n`;
  });
  return `// SPDX-License-Identifier: Apache-2.0
// Made by dashboard/embed.js.
#include <cstddef>

#include "assets/asset.hpp"

namespace hapax {
namespace {

template <std::size_t kBytes>
std::string_view text(const unsigned char (&bytes)[kBytes]) {
  return {reinterpret_cast<const char*>(bytes), kBytes};
}

${arrays}
}  // namespace

Assets embedded_assets() {
  static const Asset kAssets[] = {
${rows.join('')}  };
  return kAssets;
}

}  // namespace hapax
`;
}

const [, , folder, table, ...pairs] = process.argv;
const ours = filesIn(folder).map((file) => {
  const path = `/${relative(folder, file)}`;
  return asset(path === '/index.html' ? '/' : path, file, false);
});
const shared = pairs.map((pair) => {
  const [path, file] = pair.split(/=(.*)/s);
  return asset(path, file, true);
});
writeFileSync(table, code([...ours, ...shared]));
const firstPage = ours.filter(({ path }) => path === '/' || /\/index-.*\.(js|css)$/.test(path));
const bytes = firstPage.reduce((sum, { gzip, plain }) => sum + (gzip.length || plain.length), 0);
console.log(`dashboard: ${ours.length} files, the first page has ${bytes} bytes in gzip`);
