// SPDX-License-Identifier: Apache-2.0
/** Sends an event and follows it: acknowledged, counted, on the live stream. */
import { readView, sendEvent } from '../api/requests';
import { live } from '../live/client';

export interface Step {
  name: string;
  state: 'waiting' | 'done' | 'failed';
  text: string;
}

export const TEST_EVENT = 'Dashboard Test';
const VIEW = 'events_per_minute';
const LIVE_WAIT_MS = 5000;

type Show = (steps: Step[]) => void;

const total = (rows: { values: Record<string, unknown> }[]): number => rows.reduce((sum, row) => sum + Number(row.values.count ?? 0), 0);

/** `show` is called with all steps each time that one has come further. */
export async function followTestEvent(writeKey: string, show: Show): Promise<void> {
  const steps: Step[] = ['Acknowledged, so it is on disk', 'Counted in a view', 'On the live stream'].map((name) => ({ name, state: 'waiting', text: '' }));
  const say = (index: number, state: Step['state'], text: string): void => {
    steps[index] = { ...steps[index]!, state, text };
    show([...steps]);
  };
  show([...steps]);
  const id = `dashboard-${Math.random().toString(36).slice(2)}${Date.now().toString(36)}`;
  const began = performance.now();
  const since = (): string => `after ${(performance.now() - began).toFixed(1)} ms`;
  const query = `event=${encodeURIComponent(TEST_EVENT)}`;
  const seen = seenLive(query, say, since);
  await seen.isReady;
  const sent = performance.now();
  const fromSent = (): string => `${(performance.now() - sent).toFixed(1)} ms after it was sent`;
  seen.arm(fromSent);
  try {
    const answer = await sendEvent(writeKey, { event: TEST_EVENT, userId: 'dashboard', messageId: id, timestamp: new Date().toISOString() });
    say(0, 'done', `${fromSent()}; receipt ${answer.receipt}`);
    const rows = await readView(VIEW, `${query}&after=${encodeURIComponent(answer.receipt)}`);
    say(1, 'done', `${fromSent()}; ${VIEW} has ${total(rows.rows)} of “${TEST_EVENT}” in its last hour`);
  } catch (error) {
    const index = steps.findIndex(({ state }) => state === 'waiting');
    say(index, 'failed', (error as Error).message);
    seen.stop();
    return;
  }
  await seen.isOver;
}

function seenLive(query: string, say: (index: number, state: Step['state'], text: string) => void, since: () => string) {
  let before: number | null = null;
  let time = since;
  let isArmed = false;
  let ready = (): void => {};
  let over = (): void => {};
  const isReady = new Promise<void>((resolve) => { ready = resolve; });
  const isOver = new Promise<void>((resolve) => { over = resolve; });
  const stop = (): void => {
    clearTimeout(timer);
    unsubscribe();
    ready();
    over();
  };
  const timer = setTimeout(() => {
    say(2, 'failed', 'nothing came within 5 s; the live stream may be away');
    stop();
  }, LIVE_WAIT_MS);
  const unsubscribe = live.subscribe(VIEW, `${query}&windows=15&top=100`, (state) => {
    const now = total([...state.rows.values()]);
    if (isArmed && before !== null && now > before) {
      say(2, 'done', time());
      stop();
    } else if (!isArmed) {
      before = now;
      ready();
    }
  }, (_, message) => { say(2, 'failed', message); stop(); });
  return { isReady, isOver, stop, arm: (tell: () => string) => { isArmed = true; time = tell; before ??= 0; } };
}
