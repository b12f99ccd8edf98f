import type { Source, SourceRange } from './program.ts';

/** The text with blanks for comments, so that places stay. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\/.*|\/\*[^]*?\*\//g, (comment) => ' '.repeat(comment.length));
}

/** Where the author's own files have what `written` (global) matches. */
export function placesOf(written: RegExp, sources: readonly Source[]): readonly SourceRange[] {
  return sources
    .filter(({ internalPath }) => !internalPath.startsWith('~lib/'))
    .flatMap(({ range: { source } }) =>
      [...withoutComments(source.text).matchAll(written)].map(({ index, 0: { length } }) => ({
        source,
        start: index,
        end: index + length,
      })),
    );
}
