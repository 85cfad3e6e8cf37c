// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Board, EventEntry } from '../api/types';
import { boardId, changedPanel, exported, importedBoard, moved, newPanelId, withoutPanel } from './board_edit';
import { apiQuery, needsSearch, TIME_WORDS, VERDICT_WORDS, VERDICTS } from './event_filters';
import { anchorOf, inline, parseMarkdown } from './markdown';
import { literal, SNIPPETS } from './snippets';
import { KEPT_MAX, taken, WaitingFrames } from './use_events';

describe('a board', () => {
  const panel = (id: string) => ({ id, view: 'v', query: '', chart: 'line' as const, measure: 'm', span: 1, rows: 1 });
  const board: Board = { id: 'b', name: 'B', panels: ['p1', 'p2', 'p3'].map(panel), annotations: [] };
  const ids = (of: Board): string => of.panels.map(({ id }) => id).join('');
  it('is arranged without losing a panel', () => {
    expect(ids(moved(board, 'p1', 1))).toBe('p2p1p3');
    expect(ids(moved(board, 'p3', 0))).toBe('p3p1p2');
    expect(ids(moved(board, 'p1', 99))).toBe('p2p3p1');
    expect(ids(moved(board, 'p2', -5))).toBe('p2p1p3');
    expect(moved(board, 'nothing', 0)).toBe(board);
    expect(ids(withoutPanel(board, 'p2'))).toBe('p1p3');
    expect(changedPanel(board, 'p2', { span: 4 }).panels.map(({ span }) => span)).toEqual([1, 4, 1]);
    expect(newPanelId([panel('p1'), panel('p3')])).toBe('p4');
    expect(newPanelId([panel('p2')])).toBe('p3');
  });
  it('gets an id that is free', () => {
    expect(boardId('Web shop, live!', [])).toBe('web-shop-live');
    expect(boardId('Web', ['web', 'web-2'])).toBe('web-3');
    expect(boardId('ウェブ', [])).toBe('board');
  });
  it('comes back from a file as it was', () => {
    const { name, panels, annotations } = board;
    expect(importedBoard(exported({ ...board, revision: 7, origin: 'own' }))).toEqual({ name, panels, annotations });
  });
  it.each(['{', 'null', '[]', '{"name":1}', '{"name":"x"}'])('is not read out of %s', (text) => {
    expect(importedBoard(text)).toEqual(expect.stringMatching(/no JSON|no board/));
  });
});

describe('event filters', () => {
  it('are those that the API takes', () => {
    const params = new URLSearchParams('mode=search&source=web&user=u&from=2026&message_id=&zone=view');
    expect(apiQuery(params, false)).toBe('source=web&user=u');
    expect(apiQuery(params, true)).toBe('source=web&user=u&from=2026');
    expect(needsSearch(params)).toBe(true);
    expect(needsSearch(new URLSearchParams('source=web'))).toBe(false);
  });
  it('have words for all that the API says', () => {
    expect(Object.keys(VERDICT_WORDS).sort()).toEqual([...VERDICTS].sort());
    expect(Object.keys(TIME_WORDS).sort()).toEqual(['ahead_corrected', 'as_sent', 'at_arrival', 'behind_corrected', 'behind_left', 'too_far_ahead', 'unreadable']);
  });
  it('show the newest first, and a record once', () => {
    const entry = (offset: number, verdict: EventEntry['verdict'] = 'first') => ({ partition: 0, offset, verdict }) as EventEntry;
    const shown = taken([entry(2, 'pending'), entry(1)], [entry(2), entry(3), entry(4)]);
    expect(shown.map(({ offset, verdict }) => [offset, verdict])).toEqual([[4, 'first'], [3, 'first'], [2, 'first'], [1, 'first']]);
    expect(taken([], Array.from({ length: KEPT_MAX + 9 }, (_, n) => entry(n)))).toHaveLength(KEPT_MAX);
  });
});

describe('frames of a tab that paints nothing', () => {
  const frame = (...offsets: number[]) => ({ events: offsets.map((offset) => ({ partition: 0, offset }) as EventEntry), skipped: 1, sampled: 1 });
  it('are as few as are kept, and those left out are counted', () => {
    const waiting = new WaitingFrames();
    for (let n = 0; n < 3 * KEPT_MAX; n++) waiting.push(frame(2 * n, 2 * n + 1));
    const frames = waiting.take();
    const events = frames.flatMap((each) => each.events);
    expect(events).toHaveLength(KEPT_MAX);
    expect(events[KEPT_MAX - 1]!.offset).toBe(6 * KEPT_MAX - 1);
    expect(events.length + frames.reduce((sum, { skipped }) => sum + skipped, 0)).toBe(3 * KEPT_MAX * 3);
    expect(waiting.take()).toEqual([]);
  });
  it('without events are bounded, too', () => {
    const waiting = new WaitingFrames();
    for (let n = 0; n < 3 * KEPT_MAX; n++) waiting.push(frame());
    const frames = waiting.take();
    expect(frames).toHaveLength(KEPT_MAX);
    expect(frames.reduce((sum, { skipped }) => sum + skipped, 0)).toBe(3 * KEPT_MAX);
  });
  it('are gone with their filter', () => {
    const waiting = new WaitingFrames();
    waiting.push(frame(1));
    waiting.clear();
    expect(waiting.take()).toEqual([]);
  });
});

describe('our Markdown', () => {
  it('is data, and nothing in it becomes markup', () => {
    expect(parseMarkdown('# A <b>\n\ntext `co|de` **x** [l](#p)\n\n| a | b |\n|---|---|\n| `1` | 2 |\n\n```\n# no\n```\n- one\n  more\n- two\n')).toEqual([
      { kind: 'heading', level: 1, id: 'a-b', text: [{ kind: 'text', text: 'A <b>' }] },
      { kind: 'paragraph', text: [{ kind: 'text', text: 'text ' }, { kind: 'code', text: 'co|de' }, { kind: 'text', text: ' ' }, { kind: 'strong', text: 'x' }, { kind: 'text', text: ' ' }, { kind: 'link', text: 'l', to: '#p' }] },
      { kind: 'table', head: [inline('a'), inline('b')], rows: [[inline('`1`'), inline('2')]] },
      { kind: 'code', text: '# no' },
      { kind: 'list', items: [inline('one more'), inline('two')] },
    ]);
  });
  it('has the anchors that links use', () => {
    expect(anchorOf('While it runs')).toBe('while-it-runs');
    expect(anchorOf('The state folder')).toBe('the-state-folder');
  });
});

describe('snippets', () => {
  it('hold any key without ending the script that they stand in', () => {
    expect(literal('a"</script>')).toBe('"a\\"\\u003c/script>"');
    expect(SNIPPETS[0]!.code('https://h', '"><script>')).toContain('data-write-key="&quot;>&lt;script>"');
    for (const { name, code } of SNIPPETS.filter(({ name: each }) => each !== 'curl')) {
      expect(code('https://h', '</script><script>alert(1)//').split('</script>').length, name).toBeLessThanOrEqual(3);
    }
  });
  it('name no package that npm does not have', () => {
    const names = SNIPPETS.flatMap(({ where }) => [...where.matchAll(/npm install (\S+)/g)].map(([, name]) => name));
    expect(names).not.toContain('@hapax/sdk');
    expect(names).toContain('@segment/analytics-next');
  });
  it('quote a key for the shell', () => {
    const { code } = SNIPPETS.find(({ name }) => name === 'curl')!;
    expect(code('http://h', "a'; rm -rf ~; '")).toContain(`-u 'a'\\''; rm -rf ~; '\\'':'`);
  });
});
