// SPDX-License-Identifier: Apache-2.0
/** The part of Markdown that our own pages of docs/ use, as data: nothing of it becomes markup by itself. */

export type Inline = { kind: 'text' | 'code' | 'strong' | 'emphasis' | 'link'; text: string; to?: string };
export type Block =
  | { kind: 'heading'; level: number; id: string; text: Inline[] }
  | { kind: 'paragraph'; text: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'list'; items: Inline[][] }
  | { kind: 'table'; head: Inline[][]; rows: Inline[][][] };

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)]+)\)|\*([^*\s][^*]*)\*/g;

export function inline(text: string): Inline[] {
  const parts: Inline[] = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index! > at) parts.push({ kind: 'text', text: text.slice(at, found.index) });
    if (found[1] !== undefined) parts.push({ kind: 'code', text: found[1] });
    else if (found[2] !== undefined) parts.push({ kind: 'strong', text: found[2] });
    else if (found[5] !== undefined) parts.push({ kind: 'emphasis', text: found[5] });
    else parts.push({ kind: 'link', text: found[3]!.replace(/`/g, ''), to: found[4] });
    at = found.index! + found[0].length;
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

/** As GitHub names headings. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s-]/gu, '').trim().replace(/\s+/g, '-');
}

const cells = (line: string): Inline[][] => line.trim().replace(/^\||\|$/g, '').split(/(?<!\\)\|/).map((cell) => inline(cell.trim().replace(/\\\|/g, '|')));

export function parseMarkdown(source: string): Block[] {
  const lines = source.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    const heading = /^(#{1,4}) (.*)/.exec(line);
    if (line.startsWith('```')) {
      const end = lines.findIndex((other, index) => index > at && other.startsWith('```'));
      const stop = end < 0 ? lines.length : end;
      blocks.push({ kind: 'code', text: lines.slice(at + 1, stop).join('\n') });
      at = stop + 1;
    } else if (heading) {
      blocks.push({ kind: 'heading', level: heading[1]!.length, id: anchorOf(heading[2]!), text: inline(heading[2]!) });
      at++;
    } else if (line.startsWith('|')) {
      const end = endOf(lines, at, (other) => other.startsWith('|'));
      const [head, , ...rows] = lines.slice(at, end);
      blocks.push({ kind: 'table', head: cells(head!), rows: rows.map(cells) });
      at = end;
    } else if (/^(- |\d+\. )/.test(line)) {
      const end = endOf(lines, at, (other) => other.trim() !== '');
      blocks.push({ kind: 'list', items: items(lines.slice(at, end)).map(inline) });
      at = end;
    } else if (line.trim() === '' || line.startsWith('<!--')) {
      at++;
    } else {
      const end = endOf(lines, at, (other) => other.trim() !== '' && !/^(\||#|```|- )/.test(other));
      blocks.push({ kind: 'paragraph', text: inline(lines.slice(at, Math.max(end, at + 1)).join(' ')) });
      at = Math.max(end, at + 1);
    }
  }
  return blocks;
}

function endOf(lines: string[], from: number, isPart: (line: string) => boolean): number {
  let end = from;
  while (end < lines.length && isPart(lines[end]!)) end++;
  return end;
}

function items(lines: string[]): string[] {
  const all: string[] = [];
  for (const line of lines) {
    if (/^(- |\d+\. )/.test(line)) all.push(line.replace(/^(- |\d+\. )/, ''));
    else all[all.length - 1] += ` ${line.trim()}`;
  }
  return all;
}

/** Whether the first cell of a row has `entry`. */
export function isEntry(row: Inline[][], entry: string): boolean {
  return entry !== '' && (row[0] ?? []).map(({ text }) => text).join('').includes(entry);
}

/** Whether the part `anchor` has a table with `entry`. */
export function hasEntry(blocks: Block[], anchor: string, entry: string): boolean {
  let part = '';
  return blocks.some((block) => {
    if (block.kind === 'heading') part = block.id;
    return block.kind === 'table' && part === anchor && block.rows.some((row) => isEntry(row, entry));
  });
}
