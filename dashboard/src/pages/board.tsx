/** One board: its panels in a grid, and how they are arranged. */
import { useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { deleteBoard, readBoard, saveBoard, viewPath } from '../api/requests';
import type { Board, BoardPanel, View } from '../api/types';
import { windowOf } from '../format/window';
import { Empty, ErrorNote, Loading, Select } from '../parts/basics';
import { may } from '../parts/session';
import { useStore } from '../parts/store';
import { useLoaded } from '../parts/use';
import { specOf, views } from '../parts/views';
import { Panel } from '../panels/panel';
import { parseQuery } from '../panels/query';
import { RANGES } from '../panels/range';
import { shapeOf } from '../panels/shape';
import { wholeQuery } from '../panels/use_answer';
import { go, setParams } from '../router/hooks';
import { formatPlace } from '../router/location';
import { changedPanel, exported, moved, SPAN_MAX, withoutPanel } from './board_edit';
import { firstMeasure, panelTitle } from './explore';
import { Annotations } from './annotations';

const ROW_HEIGHT = 200;

export function BoardPage({ id, params }: { id: string; params: URLSearchParams }) {
  const { value, error, reload } = useLoaded(() => readBoard(id), [id]);
  const [draft, setDraft] = useState<Board | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [isSaving, setSaving] = useState(false);
  const isEditing = params.get('edit') === '1' && may('admin');
  const board = draft ?? value;

  const save = async (): Promise<void> => {
    if (!draft) return setParams({ edit: undefined }, true);
    setSaving(true);
    try {
      await saveBoard({ ...draft, id });
      setDraft(null);
      setFailure(null);
      reload();
      setParams({ edit: undefined }, true);
    } catch (told) {
      setFailure(told as ApiError);
    }
    setSaving(false);
  };
  const discard = (): void => {
    setDraft(null);
    setFailure(null);
    reload();
    setParams({ edit: undefined }, true);
  };
  const remove = async (): Promise<void> => {
    if (!confirm(`Remove the board “${board?.name}”? One that comes with Hapax is as it was before.`)) return;
    await deleteBoard(id).then(() => go('#/boards'), (told: ApiError) => setFailure(told));
  };

  if (error && !board) return <main id="main" tabIndex={-1}><ErrorNote error={error} retry={reload} /></main>;
  if (!board) return <Loading />;
  const range = params.get('range') ?? '';
  return (
    <main id="main" tabIndex={-1}>
      <div class="page-head">
        {isEditing ? (
          <label class="field title-field">Name<input value={board.name} maxLength={100} onInput={(event) => setDraft({ ...board, name: event.currentTarget.value })} /></label>
        ) : (
          <h1>{board.name}</h1>
        )}
        <div class="controls">
          <Select label="Time" value={range} options={[{ value: '', name: 'Each panel’s own' }, ...RANGES.map(([each, name]) => ({ value: each, name })), ...(!range || RANGES.some(([each]) => each === range) ? [] : [{ value: range, name: range }])]} onChange={(each) => setParams({ range: each || undefined })} />
          {!isEditing && <button type="button" onClick={() => download(`${id}.json`, exported(board))}>Export</button>}
          {!isEditing && may('admin') && <button type="button" onClick={() => setParams({ edit: '1' })}>Edit</button>}
          {isEditing && (
            <>
              <button type="button" class="quiet" onClick={() => void remove()}>Remove</button>
              <button type="button" onClick={discard}>Discard</button>
              <button type="button" class="main" disabled={isSaving} onClick={() => void save()}>{isSaving ? 'Saving …' : 'Save'}</button>
            </>
          )}
        </div>
      </div>
      {failure && <ErrorNote error={failure} />}
      {failure?.code === 'changed_meanwhile' && <p class="note">Somebody else saved this board meanwhile. Export yours first if you want to keep it, then discard. <button type="button" onClick={() => download(`${id}-mine.json`, exported(board))}>Export mine</button></p>}
      {isEditing && <Annotations board={board} onChange={setDraft} />}
      {board.panels.length === 0 && <Empty title="This board is empty."><p><a class="button main" href="#/explore">Find something in Explore</a> and add it here.</p></Empty>}
      <div class="board">
        {board.panels.map((panel, index) => (
          <Cell key={panel.id} panel={panel} board={board} index={index} range={range} isEditing={isEditing} onChange={setDraft} />
        ))}
      </div>
      {isEditing && board.panels.length > 0 && <p class="small muted">Drag panels, or use ← and → of each. New panels come from <a href="#/explore">Explore</a>: save first.</p>}
    </main>
  );
}

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

interface CellProps {
  panel: BoardPanel;
  board: Board;
  index: number;
  range: string;
  isEditing: boolean;
  onChange: (board: Board) => void;
}

function titleOf(panel: BoardPanel, view: View | null): string {
  return panel.title || (view ? panelTitle(view, parseQuery(panel.query), panel.measure ?? firstMeasure(view)) : panel.view);
}

/** Without a time of the board: that of the API for the view. */
function defaultRange(view: View, query: string): string {
  const params = new URLSearchParams(query);
  const window = params.get('window') ?? windowOf(view.spec);
  // A rank is of the present window.
  if (window && params.has('order')) return window;
  return window && /^(1?\d*m|\d+s)$/.test(window) ? '1h' : window?.endsWith('h') ? '24h' : '30d';
}

function Cell({ panel, board, index, range, isEditing, onChange }: CellProps) {
  const all = useStore(views) ?? [];
  const view = specOf(all, panel.view);
  const [isOver, setOver] = useState(false);
  const title = titleOf(panel, view);
  const place = { gridColumn: `span ${Math.min(SPAN_MAX, Math.max(1, panel.span))}` };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const id = event.dataTransfer?.getData('text/plain');
    if (id && id !== panel.id) onChange(moved(board, id, index));
  };
  return (
    <div class={`cell${isOver ? ' over' : ''}`} style={place} draggable={isEditing}
      onDragStart={(event) => event.dataTransfer?.setData('text/plain', panel.id)}
      onDragOver={(event) => { if (isEditing) { event.preventDefault(); setOver(true); } }} onDragLeave={() => setOver(false)} onDrop={drop}>
      {isEditing && <EditBar panel={panel} board={board} index={index} title={title} onChange={onChange} />}
      {view ? (
        <ShownPanel panel={panel} view={view} title={title} range={range || defaultRange(view, panel.query)} board={board} />
      ) : (
        <section class="panel" aria-label={title}><h2>{title}</h2><Empty title={`The view ${panel.view} is not there.`}><p>It was removed, or is not declared yet.</p></Empty></section>
      )}
    </div>
  );
}

function ShownPanel({ panel, view, title, range, board }: { panel: BoardPanel; view: View; title: string; range: string; board: Board }) {
  const csv = viewPath(view.name, `${wholeQuery(view.spec, panel.query, range, Date.now(), shapeOf(panel.chart))}&format=csv`);
  const measure = panel.measure ?? firstMeasure(view);
  const explore = formatPlace(['explore'], { view: view.name, q: panel.query, range, chart: panel.chart, measure });
  return (
    <Panel view={view} query={panel.query} range={range} chart={panel.chart} measure={measure} title={title} annotations={board.annotations}
      height={ROW_HEIGHT * Math.max(1, panel.rows)}
      actions={<><a class="button quiet" href={csv} download={`${view.name}.csv`} aria-label={`CSV of ${title}`}>CSV</a><a class="button quiet" href={explore} aria-label={`Explore ${title}`}>Explore</a></>} />
  );
}

function EditBar({ panel, board, index, title, onChange }: Omit<CellProps, 'range' | 'isEditing'> & { title: string }) {
  const step = (by: number): void => onChange(moved(board, panel.id, index + by));
  const set = (changes: Partial<BoardPanel>): void => onChange(changedPanel(board, panel.id, changes));
  const sizes = [1, 2, 3, 4].map((value) => ({ value: String(value), name: String(value) }));
  return (
    <div class="edit-bar" role="group" aria-label={`Arrange ${title}`}>
      <button type="button" aria-label={`Move ${title} back`} disabled={index === 0} onClick={() => step(-1)}>←</button>
      <button type="button" aria-label={`Move ${title} on`} disabled={index === board.panels.length - 1} onClick={() => step(1)}>→</button>
      <Select label="Width" value={String(panel.span)} options={sizes} onChange={(value) => set({ span: Number(value) })} />
      <Select label="Height" value={String(panel.rows)} options={sizes} onChange={(value) => set({ rows: Number(value) })} />
      <Select label="Chart" value={panel.chart} options={['line', 'area', 'bar', 'table', 'number'].map((value) => ({ value, name: value }))} onChange={(value) => set({ chart: value as BoardPanel['chart'] })} />
      <button type="button" aria-label={`Take out ${title}`} onClick={() => onChange(withoutPanel(board, panel.id))}>×</button>
    </div>
  );
}
