// SPDX-License-Identifier: Apache-2.0
/** The hub in a worker that all tabs of a browser share. */
import { Hub } from './hub';
import { browserParts } from './parts';
import { serve } from './serve';

const hub = new Hub(browserParts);

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = ({ ports }) => serve(hub, ports[0]!);
