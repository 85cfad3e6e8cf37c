/** Light, dark, or as the system has it. */
import { useState } from 'preact/hooks';
import { keep, read } from './zone';

type Theme = 'system' | 'light' | 'dark';
const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };

function chosen(): Theme {
  const kept = read('hapax-theme');
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export function applyTheme(theme: Theme = chosen()): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function ThemeButton() {
  const [theme, setTheme] = useState(chosen());
  const change = (): void => {
    const next = NEXT[theme];
    keep('hapax-theme', next);
    applyTheme(next);
    setTheme(next);
    // Charts take their colours when they are drawn.
    dispatchEvent(new Event('hashchange'));
  };
  return (
    <button type="button" class="quiet" onClick={change} title="Colours: system, light or dark">
      {{ system: 'Auto', light: 'Light', dark: 'Dark' }[theme]}
    </button>
  );
}
