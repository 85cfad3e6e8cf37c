// SPDX-License-Identifier: Apache-2.0
/** A tab at the other end of a port. */
import type { FromTab, Hub, Send } from './hub';

/** A tab says every minute or so what it shows: one that crashed does not say good-bye. */
export const GONE_MS = 4 * 60_000;

/** Who was silent for long is forgotten, and taken back with what it says next: it may only have slept. */
export function serve(hub: Hub, port: Pick<MessagePort, 'postMessage' | 'onmessage'>): void {
  const send: Send = (message) => port.postMessage(message);
  let watch: ReturnType<typeof setTimeout> | undefined;
  port.onmessage = ({ data }: MessageEvent<FromTab>) => {
    clearTimeout(watch);
    if (data.kind !== 'bye') watch = setTimeout(() => hub.forget(send), GONE_MS);
    hub.receive(send, data);
  };
}
