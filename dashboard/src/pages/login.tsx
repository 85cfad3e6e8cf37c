/** Signing in, and the first password. */
import { useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { setPassword, signIn } from '../api/requests';
import type { Session } from '../api/types';
import { ErrorNote } from '../parts/basics';
import { session } from '../parts/session';
import { go } from '../router/hooks';

export function Login({ needsSetup, wasIn }: { needsSetup: boolean; wasIn: boolean }) {
  const [password, setText] = useState('');
  const { error, isBusy, run } = useSending();
  const submit = (event: Event): void => {
    event.preventDefault();
    run(() => signIn(password));
  };
  return (
    <main class="alone" id="main" tabIndex={-1}>
      <h1>Hapax</h1>
      {needsSetup ? (
        <p class="note">Nobody has set a password yet. The server printed a one-time link when it started: open it here.</p>
      ) : (
        <form onSubmit={submit}>
          {wasIn && <p class="note">You were signed out. Sign in to go on where you were.</p>}
          <label class="field">
            Password
            <input type="password" autocomplete="current-password" autofocus required value={password} onInput={(event) => setText(event.currentTarget.value)} />
          </label>
          <button class="main" disabled={isBusy}>{isBusy ? 'Signing in …' : 'Sign in'}</button>
        </form>
      )}
      {error && <ErrorNote error={error} />}
    </main>
  );
}

const LENGTH_MIN = 10;

export function FirstPassword({ token }: { token: string }) {
  const [password, setText] = useState('');
  const [again, setAgain] = useState('');
  const { error, isBusy, run } = useSending();
  const differs = again !== '' && again !== password;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!differs) run(() => setPassword(token, password), '#/setup');
  };
  return (
    <main class="alone" id="main" tabIndex={-1}>
      <h1>Welcome to Hapax</h1>
      <p>Set the password of this server. Whoever has it may read everything and change views, boards and alerts.</p>
      <form onSubmit={submit}>
        <label class="field">
          New password, {LENGTH_MIN} characters or more
          <input type="password" autocomplete="new-password" autofocus required minLength={LENGTH_MIN} value={password} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <label class="field">
          Once more
          <input type="password" autocomplete="new-password" required value={again} onInput={(event) => setAgain(event.currentTarget.value)} />
        </label>
        {differs && <p class="bad-text" role="alert">The two are not the same.</p>}
        <button class="main" disabled={isBusy || differs}>{isBusy ? 'Setting …' : 'Set the password'}</button>
      </form>
      {error && <ErrorNote error={error} />}
    </main>
  );
}

function useSending(): { error: ApiError | null; isBusy: boolean; run: (send: () => Promise<Session>, next?: string) => void } {
  const [error, setError] = useState<ApiError | null>(null);
  const [isBusy, setBusy] = useState(false);
  const run = (send: () => Promise<Session>, next?: string): void => {
    setBusy(true);
    send().then(
      (answer) => {
        if (next) go(next, true);
        session.set({ kind: 'in', session: answer });
      },
      (failure: ApiError) => {
        setError(failure);
        setBusy(false);
      },
    );
  };
  return { error, isBusy, run };
}
