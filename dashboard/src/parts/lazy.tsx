/** A page that is loaded when it is first opened. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { ErrorNote, Loading } from './basics';

export function Lazy<P extends object>({ load, props }: { load: () => Promise<ComponentType<P>>; props: P }) {
  const [page, setPage] = useState<{ component: ComponentType<P> } | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const fetchPage = (): void => {
    load().then(
      (component) => { setError(null); setPage({ component }); },
      () => setError(new ApiError(-1, 'not_loaded', 'This page could not be loaded. After an update of the server load the dashboard again.')),
    );
  };
  useEffect(fetchPage, []);
  if (error) return <main id="main" tabIndex={-1}><ErrorNote error={error} retry={() => location.reload()} /></main>;
  if (!page) return <Loading />;
  const Component = page.component;
  return <Component {...props} />;
}
