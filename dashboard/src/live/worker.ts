// SPDX-License-Identifier: Apache-2.0
/** The hub in a worker that all tabs of a browser share. */
import { Hub, type FromTab, type Send } from './hub';
import { browserParts } from './parts';

/** A tab says every minute or so that it is here: one that crashed does not say good-bye. */
const GONE_MS = 4 * 60_000;

const hub = new Hub(browserParts);

function connect(port: MessagePort): void {
  const send: Send = (message) => port.postMessage(message);
  let heard = Date.now();
  const watch = setInterval(() => {
    if (Date.now() - heard < GONE_MS) return;
    clearInterval(watch);
    hub.forget(send);
  }, GONE_MS / 4);
  port.onmessage = ({ data }: MessageEvent<FromTab>) => {
    heard = Date.now();
    hub.receive(send, data);
  };
}

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = ({ ports }) => connect(ports[0]!);
