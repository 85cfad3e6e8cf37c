// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { EventParser } from './sse';

const STREAM = 'retry: 1000\n\nevent: a1\nid: 5f-2\ndata: {"x":1}\n\n: still here\n\nevent: b2/end\ndata: {"code":"y: z"}\n\n';

it('reads events however the stream is cut', () => {
  for (let size = 1; size <= STREAM.length; size++) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < STREAM.length; at += size) events.push(...parser.push(STREAM.slice(at, at + size)));
    expect(events).toEqual([
      { event: 'a1', id: '5f-2', data: '{"x":1}' },
      { event: 'b2/end', id: null, data: '{"code":"y: z"}' },
    ]);
  }
});

it('keeps what is not whole yet', () => {
  const parser = new EventParser();
  expect(parser.push('data: a\ndata: b')).toEqual([]);
  expect(parser.push('\n\n')).toEqual([{ event: 'message', id: null, data: 'a\nb' }]);
});
