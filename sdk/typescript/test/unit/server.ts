// SPDX-License-Identifier: Apache-2.0
// A server as the SDK sees it: it remembers each event by its id, and which numbers came.
import type { Answer } from '../../src/core/ports';

interface Batch {
  sentAt: string;
  writeKey: string;
  numbering: { device: string; epoch: string; made: number; dropped: Record<string, number> };
  batch: { messageId: string; sequence: number; event?: string; [key: string]: unknown }[];
}

interface Known {
  device: string;
  made: number;
  dropped: Record<string, number>;
  /** Which event came under which number. */
  arrived: Map<number, string>;
}

export class RecordingServer {
  requests: Batch[] = [];
  events = new Map<string, Batch['batch'][number]>();
  epochs = new Map<string, Known>();
  /** What a client must never do. */
  complaints: string[] = [];

  take(body: string): Answer {
    const request = JSON.parse(body) as Batch;
    this.requests.push(request);
    const { device, epoch, made, dropped } = request.numbering;
    const known = this.epochs.get(epoch) ?? { device, made: 0, dropped: {}, arrived: new Map<number, string>() };
    this.epochs.set(epoch, known);
    this.#must(device === known.device, `${epoch} is of two devices`);
    if (made >= known.made) Object.assign(known, { made, dropped });
    for (const event of request.batch) this.#note(event, known);
    return { status: 200, body: { success: true, accepted: request.batch.length, rejected: 0 } };
  }

  /** Numbers that were made, never came, and that nobody gave up. */
  gaps(): number {
    let gaps = 0;
    for (const { made, dropped, arrived } of this.epochs.values()) {
      gaps += made - arrived.size - Object.values(dropped).reduce((sum, count) => sum + count, 0);
    }
    return gaps;
  }

  #note(event: Batch['batch'][number], { arrived, made }: Known): void {
    const { messageId, sequence } = event;
    const before = this.events.get(messageId);
    const other = arrived.get(sequence) ?? messageId;
    this.#must(sequence > 0 && sequence <= made, `number ${sequence} of ${made}`);
    this.#must(other === messageId, `${other} and ${messageId} are number ${sequence}`);
    this.#must(!before || JSON.stringify(before) === JSON.stringify(event), `${messageId} was something else`);
    arrived.set(sequence, messageId);
    this.events.set(messageId, event);
  }

  #must(holds: boolean, complaint: string): void {
    if (!holds) this.complaints.push(complaint);
  }
}
