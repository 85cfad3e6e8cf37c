import { useState } from 'preact/hooks';
import type { ApiError } from '../api/client';
import { listBoards, readBoard, saveBoard } from '../api/requests';
import type { BoardPanel } from '../api/types';
import { ErrorNote, Loading, Select } from '../parts/basics';
import { useLoaded } from '../parts/use';
import { newPanelId } from './board_edit';

export function AddToBoard({ panel, onDone }: { panel: Omit<BoardPanel, 'id' | 'span' | 'rows'>; onDone: () => void }) {
  const { value: boards, error } = useLoaded(() => listBoards(), []);
  const [chosen, setChosen] = useState('');
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [isDone, setIsDone] = useState(false);
  if (error) return <ErrorNote error={error} />;
  if (!boards) return <Loading />;
  const id = chosen || boards[0]?.id || '';
  const add = async (): Promise<void> => {
    try {
      const board = await readBoard(id);
      await saveBoard({ ...board, panels: [...board.panels, { ...panel, id: newPanelId(board.panels), span: panel.chart === 'number' ? 1 : 2, rows: 1 }] });
      setIsDone(true);
    } catch (told) {
      setFailure(told as ApiError);
    }
  };
  if (isDone) return <span class="popover" role="status">Added. <a href={`#/boards/${encodeURIComponent(id)}`}>Open the board</a> <button type="button" class="quiet" onClick={onDone}>Close</button></span>;
  return (
    <span class="popover">
      <Select label="Board" value={id} options={boards.map((board) => ({ value: board.id, name: board.name }))} onChange={setChosen} />
      <button type="button" class="main" disabled={!id} onClick={() => void add()}>Add</button>
      {failure && <ErrorNote error={failure} />}
    </span>
  );
}
