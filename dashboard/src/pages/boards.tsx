/** All boards; a new one, or one from a file. */
import { useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { listBoards, makeBoard } from '../api/requests';
import { Empty, ErrorNote, Loading } from '../parts/basics';
import { may } from '../parts/session';
import { useLoaded } from '../parts/use';
import { go } from '../router/hooks';
import { boardId, importedBoard } from './board_edit';

export function BoardsPage() {
  const { value: boards, error, reload } = useLoaded(() => listBoards(), []);
  const [name, setName] = useState('');
  const [failure, setFailure] = useState<ApiError | null>(null);
  const taken = (boards ?? []).map(({ id }) => id);
  const make = async (board: Parameters<typeof makeBoard>[0]): Promise<void> => {
    try {
      await makeBoard(board);
      go(`#/boards/${encodeURIComponent(board.id)}?edit=1`);
    } catch (told) {
      setFailure(told as ApiError);
    }
  };
  const importFile = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const board = importedBoard(await file.text());
    if (typeof board === 'string') setFailure(new ApiError(-1, 'not_imported', board));
    else await make({ ...board, id: boardId(board.name, taken) });
  };
  return (
    <main id="main" tabIndex={-1}>
      <h1>Boards</h1>
      {error && <ErrorNote error={error} retry={reload} />}
      {!boards && !error && <Loading />}
      {boards?.length === 0 && <Empty title="There are no boards yet."><p>Make one below, then add panels to it from Explore.</p></Empty>}
      <ul class="cards">
        {boards?.map((board) => (
          <li key={board.id}>
            <a href={`#/boards/${encodeURIComponent(board.id)}`}>{board.name}</a>
            <span class="small muted">{board.origin === 'made' ? 'comes with Hapax' : 'your own'}, {board.panel_count} panel{board.panel_count === 1 ? '' : 's'}</span>
          </li>
        ))}
      </ul>
      {may('admin') && (
        <form class="inline" onSubmit={(event) => { event.preventDefault(); void make({ id: boardId(name, taken), name, panels: [], annotations: [] }); }}>
          <label class="field">New board<input required maxLength={100} value={name} placeholder="its name" onInput={(event) => setName(event.currentTarget.value)} /></label>
          <button class="main">Make it</button>
          <label class="button file">Import a file<input type="file" accept="application/json,.json" onChange={(event) => void importFile(event.currentTarget.files?.[0])} /></label>
        </form>
      )}
      {failure && <ErrorNote error={failure} />}
    </main>
  );
}
