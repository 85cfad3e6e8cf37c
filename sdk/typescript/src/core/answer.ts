// SPDX-License-Identifier: Apache-2.0
import type { Answer } from './ports';

const kTimeout = 30_000;
/** A server that asks to be left alone for longer is asked after this. */
const kRetryAfterMax = 3_600_000;

/** Milliseconds of a `Retry-After`, in seconds or as a date; undefined: there is none. */
export function retryAfterOf(header: string | null, now: number): number | undefined {
  if (!header) return undefined;
  const wait = /^\d+$/.test(header) ? +header * 1000 : Date.parse(header) - now;
  return wait > 0 ? Math.min(wait, kRetryAfterMax) : undefined;
}

/** Posts `body` with fetch, of which only a whole answer counts. Never rejects. */
export async function post(url: string, body: BodyInit, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST', body, credentials: 'omit', signal: AbortSignal.timeout?.(kTimeout), ...init,
    });
    const text = await response.text();
    return {
      status: response.status, body: parsed(text), retryAfter: retryAfterOf(response.headers.get('Retry-After'), Date.now()),
    };
  } catch {
    return { status: 0 };
  }
}

/** The text in gzip; as it is where that is not worth it. Rejects where it cannot be done. */
export async function packed(text: string): Promise<string | ArrayBuffer> {
  if (text.length < 1000) return text;
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
}

/** The JSON in the text; undefined: it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
