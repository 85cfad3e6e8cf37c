// SPDX-License-Identifier: Apache-2.0
/** Changes of a board, each a new board. */
import type { Board, BoardPanel } from '../api/types';

export const SPAN_MAX = 4;

export function newPanelId(panels: BoardPanel[]): string {
  let n = panels.length + 1;
  while (panels.some(({ id }) => id === `p${n}`)) n++;
  return `p${n}`;
}

/** Panel `id` put at `to`, counted without it. */
export function moved(board: Board, id: string, to: number): Board {
  const panel = board.panels.find((each) => each.id === id);
  if (!panel) return board;
  const rest = board.panels.filter((each) => each.id !== id);
  const place = Math.max(0, Math.min(rest.length, to));
  return { ...board, panels: [...rest.slice(0, place), panel, ...rest.slice(place)] };
}

export function changedPanel(board: Board, id: string, changes: Partial<BoardPanel>): Board {
  return { ...board, panels: board.panels.map((each) => (each.id === id ? { ...each, ...changes } : each)) };
}

export function withoutPanel(board: Board, id: string): Board {
  return { ...board, panels: board.panels.filter((each) => each.id !== id) };
}

/** "Web shop, live!" as an id: "web-shop-live"; of another script: "board". */
export function boardId(name: string, taken: string[]): string {
  const base = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 48) || 'board';
  let id = base;
  for (let n = 2; taken.includes(id); n++) id = `${base}-${n}`;
  return id;
}

/** What a file says, if it is a board. */
export function importedBoard(text: string): Omit<Board, 'id'> | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `This file is no JSON: ${(error as Error).message}`;
  }
  const board = value as Partial<Board> | null;
  if (!board || typeof board !== 'object' || typeof board.name !== 'string') return 'This file is no board: it has no "name".';
  if (!Array.isArray(board.panels)) return 'This file is no board: it has no list of "panels".';
  return { name: board.name, panels: board.panels, annotations: Array.isArray(board.annotations) ? board.annotations : [] };
}

export function exported(board: Board): string {
  const { name, panels, annotations } = board;
  return JSON.stringify({ name, panels, annotations }, null, 2) + '\n';
}
