/** The pages of docs/ that Health leads to; they are part of the program, as it may run where nothing else is reached. */
import { useEffect } from 'preact/hooks';
import cluster from '../../../docs/cluster.md?raw';
import errors from '../../../docs/errors.md?raw';
import { Empty } from '../parts/basics';
import { isEntry, parseMarkdown, type Inline } from './markdown';

const PAGES: Record<string, string> = { errors, cluster };

/** `entry`: what the first column of a row has that is shown first. */
export function DocsPage({ name, anchor, entry }: { name: string; anchor: string; entry: string }) {
  const source = Object.keys(PAGES).includes(name) ? PAGES[name] : undefined;
  useEffect(() => {
    (document.querySelector('.docs tr.found') ?? document.getElementById(`doc-${anchor}`))?.scrollIntoView();
  }, [name, anchor, entry]);
  if (!source) return <main id="main" tabIndex={-1}><Empty title="This page is in docs/ of the source."><p>Not all of them are in the program.</p></Empty></main>;
  return (
    <main id="main" tabIndex={-1} class="docs">
      {parseMarkdown(source).map((block, index) => {
        switch (block.kind) {
          case 'heading': {
            const Heading = `h${block.level}` as 'h1';
            return <Heading key={index} id={`doc-${block.id}`}><Text page={name} parts={block.text} /></Heading>;
          }
          case 'paragraph':
            return <p key={index}><Text page={name} parts={block.text} /></p>;
          case 'code':
            return <pre key={index} tabIndex={0}>{block.text}</pre>;
          case 'list':
            return <ul key={index}>{block.items.map((item, at) => <li key={at}><Text page={name} parts={item} /></li>)}</ul>;
          case 'table':
            return (
              <div class="scroll" tabIndex={0} role="region" aria-label={`Table ${index}`} key={index}>
                <table>
                  <thead><tr>{block.head.map((cell, at) => <th scope="col" key={at}><Text page={name} parts={cell} /></th>)}</tr></thead>
                  <tbody>{block.rows.map((row, at) => <tr key={at} class={isEntry(row, entry) ? 'found' : undefined}>{row.map((cell, column) => <td key={column}><Text page={name} parts={cell} /></td>)}</tr>)}</tbody>
                </table>
              </div>
            );
        }
      })}
    </main>
  );
}

/** Links between parts of the page lead there; those to files of the source are named, as they are not here. */
function Text({ page, parts }: { page: string; parts: Inline[] }) {
  return (
    <>
      {parts.map((part, index) => {
        if (part.kind === 'code') return <code key={index}>{part.text}</code>;
        if (part.kind === 'emphasis') return <em key={index}>{part.text}</em>;
        if (part.kind === 'strong') return <strong key={index}>{part.text}</strong>;
        if (part.kind === 'link' && part.to?.startsWith('#')) return <a key={index} href={`#/docs/${page}/${part.to.slice(1)}`}>{part.text}</a>;
        return <span key={index}>{part.text}{part.kind === 'link' && part.to ? ` (docs/${part.to})` : ''}</span>;
      })}
    </>
  );
}
