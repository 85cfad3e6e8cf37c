// SPDX-License-Identifier: Apache-2.0
import { expect, it, vi } from 'vitest';
import { WhenShown } from './when_shown';

function tab() {
  const listeners: (() => void)[] = [];
  return {
    hidden: true,
    listeners,
    // As of the DOM: the same listener is there once.
    addEventListener: (_: string, listener: () => void) => void (listeners.includes(listener) || listeners.push(listener)),
    removeEventListener: (_: string, listener: () => void) => void listeners.splice(0, listeners.length, ...listeners.filter((each) => each !== listener)),
    change(hidden: boolean) { this.hidden = hidden; [...listeners].forEach((each) => each()); },
  };
}

it('runs once when the tab is seen, however often it was asked to', () => {
  const page = tab();
  const run = vi.fn();
  const shown = new WhenShown(run, page as unknown as Document);
  for (let n = 0; n < 100; n++) shown.run();
  expect(page.listeners).toHaveLength(1);
  page.change(true);
  expect(run).not.toHaveBeenCalled();
  page.change(false);
  expect(run).toHaveBeenCalledTimes(1);
  expect(page.listeners).toHaveLength(0);
  shown.run();
  expect(run).toHaveBeenCalledTimes(2);
});

it('does not run when it was cancelled', () => {
  const page = tab();
  const run = vi.fn();
  const shown = new WhenShown(run, page as unknown as Document);
  shown.run();
  shown.cancel();
  page.change(false);
  expect(run).not.toHaveBeenCalled();
});
