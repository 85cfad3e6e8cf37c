// SPDX-License-Identifier: Apache-2.0
/** What the read API answers (docs/http-api.md). Names are those of the wire. */

export type Scalar = string | number | boolean | null;
export type TopValue = { value: Scalar; count: number }[];
export type Value = Scalar | TopValue;
export type Group = Record<string, Scalar>;

export interface MeasureNote {
  exact?: boolean;
  relative_error?: number;
  sampling_error?: number;
  skipped?: number;
  overflow?: string;
}

export interface Row {
  range?: number;
  start?: string;
  end?: string;
  group: Group;
  values: Record<string, Value>;
  notes?: Record<string, MeasureNote>;
  state: 'open' | 'final';
  revision: number;
  current?: boolean;
  partial?: boolean;
  sampled?: number;
  other?: boolean;
}

export interface Freshness {
  watermark: string | null;
  complete_until: string | null;
  complete_from: string | null;
}

export interface Answer extends Freshness {
  view: string;
  ranges: { from: string | null; to: string | null }[];
  rows: Row[];
  corrections: number;
  matched?: number;
  next?: string;
  windows_cut?: number;
  newest?: { event_time: string; received_at: string } | null;
  hint?: string;
}

export interface Frame extends Freshness {
  view: string;
  rows: Row[];
  other: { start?: string; end?: string; groups: number; values: Record<string, Value> }[];
  left: { start?: string; end?: string; group: Group }[];
  from: string | null;
  whole: boolean;
  interval_ms: number;
}

export interface WindowSpec {
  tumbling?: string;
  hopping?: string;
  advance?: string;
  session?: string;
  by?: string;
  zone?: string;
}

export interface ViewSpec {
  name: string;
  where?: Record<string, unknown>;
  window?: WindowSpec | 'none';
  group_by?: string[];
  per?: string;
  measures: Record<string, string>;
  keep?: string;
}

export interface View {
  name: string;
  origin: 'built_in' | 'file' | 'api';
  state: 'live' | 'backfilling' | 'waiting';
  progress: { percent: number; seconds_left: number | null } | null;
  error?: string;
  spec: ViewSpec;
}

export interface Source {
  source: string;
  received: number;
  accepted: number;
  rejected: number;
  unique: number;
  duplicate: number;
  conflict: number;
  restamped: number;
  on_time: number;
  late: number;
  counted: number;
  clock_ahead: number;
  clock_behind: number;
  clock_corrected: number;
  newest_event: string | null;
  newest_received: string | null;
}

export interface MissedTally {
  asked: number;
  missed: number;
  unasked: number;
  estimate: number;
}

export interface MissedDuplicates extends MissedTally {
  sample: number;
  awaited: number;
  before: MissedTally;
  hours: (MissedTally & { hour: string })[];
}

/** A life of a collector of a cluster against what partitions have of it; without a name: several that ended alike. */
export interface Collector {
  collector: string | null;
  state: 'live' | 'left' | 'gone';
  lives: number;
  equal: boolean;
  acknowledged: number;
  arrived: number;
  behind: number;
  unknown: { present: number; absent: number; open: number };
  unreported: number;
  out_of_order: number;
  repeated: number;
}

export interface Audit {
  balanced: boolean;
  equations: { equation: string; holds: boolean; where?: string[] | string }[];
  sources: Source[];
  partitions: { partition: number; start: number; processed: number; end: number; watermark: string | null }[];
  collectors?: Collector[];
  refused: { source: string; code: string; requests: number; bytes: number }[];
  clock: { doubted: boolean; undecided_doubts: number };
  /** Of a cluster whose ids count once in each partition. */
  missed_duplicates?: MissedDuplicates;
}

export type Right = 'read' | 'events' | 'admin';

export interface Session {
  signed_in: boolean;
  rights: Right[];
  how: 'password' | 'token' | 'key' | 'dev';
  version?: string;
}

export type ChartKind = 'line' | 'area' | 'bar' | 'table' | 'number';

export interface BoardPanel {
  id: string;
  title?: string;
  view: string;
  query: string;
  chart: ChartKind;
  /** Without it the first one that is a count. */
  measure?: string;
  span: number;
  rows: number;
}

export interface Board {
  id: string;
  name: string;
  panels: BoardPanel[];
  annotations: { at: string; text: string }[];
  revision?: number | string;
  origin?: 'made' | 'own';
}

export type EventPart = 'properties' | 'traits' | 'context';

export interface Rejection {
  code: string;
  reason: string;
  original: string;
  /** How many there are in the log. */
  original_bytes: number;
  /** More than are in `original`. */
  original_cut: boolean;
  /** False: what is no UTF-8 is replaced in `original`. */
  original_exact: boolean;
}

export interface EventEntry {
  partition: number;
  offset: number;
  receipt: string;
  verdict: 'first' | 'duplicate' | 'conflict' | 'restamped' | 'rejected' | 'pending' | 'unknown';
  of: { partition: number; offset: number } | null;
  source: string;
  message_id: string;
  type: string;
  name: string;
  user_id: string | null;
  anonymous_id: string | null;
  session_id: string | null;
  /** Of some events alone. */
  category?: string | null;
  group_id?: string | null;
  previous_id?: string | null;
  original_timestamp: string | null;
  /** What was sent instead of a time. */
  original_timestamp_text?: string;
  sent_at: string | null;
  received_at: string;
  /** Null in dead letters, as its reason. */
  event_time: string | null;
  time_reason: string | null;
  flags: string[];
  /** As sent; of those that `cut` names the beginning of their JSON, as a string. */
  properties: unknown;
  context: unknown;
  traits: unknown;
  /** How many bytes those have that are cut; null: none is. */
  cut: Partial<Record<EventPart, number>> | null;
  rejection: Rejection | null;
  number: { device: string; epoch: string; n: number } | null;
}
