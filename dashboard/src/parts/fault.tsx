/** In place of what could not be drawn: what to do. Without it one fault leaves the whole page blank. */
import type { ComponentChildren } from 'preact';
import { useEffect, useErrorBoundary } from 'preact/hooks';

/** Elsewhere it is tried anew. */
export function FaultBoundary({ children }: { children: ComponentChildren }) {
  const [fault, tryAnew] = useErrorBoundary((error) => console.warn(error));
  useEffect(() => {
    if (!fault) return undefined;
    addEventListener('hashchange', tryAnew);
    return () => removeEventListener('hashchange', tryAnew);
  }, [fault]);
  return fault ? <Fault fault={fault} /> : <>{children}</>;
}

function Fault({ fault }: { fault: unknown }) {
  return (
    <main id="main" tabIndex={-1}>
      <h1>This page could not be shown</h1>
      <div class="note bad" role="alert">
        <p><strong>A fault of the dashboard, not of your data.</strong> It may be something in the address: the overview is without it.</p>
        <p class="actions"><a class="button main" href="#/overview">Go to the overview</a> <button type="button" onClick={() => location.reload()}>Load the page again</button></p>
        <p class="small">If it stays, please report it with this: <code>{String(fault)}</code></p>
      </div>
    </main>
  );
}
