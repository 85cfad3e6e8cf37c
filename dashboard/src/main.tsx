import { render } from 'preact';
import { App } from './app';
import './styles/base.css';
import './styles/parts.css';
import './styles/pages.css';
import { FaultBoundary } from './parts/fault';
import { applyTheme } from './parts/theme';

applyTheme();
// Charts take their colours when they are drawn: everything is drawn anew.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => dispatchEvent(new Event('hashchange')));
const root = document.getElementById('app')!;
root.replaceChildren(); // What said that it is loading.
render(<FaultBoundary><App /></FaultBoundary>, root);
