// SPDX-License-Identifier: Apache-2.0
/** Colours of charts, from the style sheet, so that light and dark have their own. */

const COUNT = 8;

export function colour(which: number | 'muted' | 'line' | 'surface'): string {
  const name = typeof which === 'number' ? `--series-${(which % COUNT) + 1}` : `--${which}`;
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || '#888888';
}
