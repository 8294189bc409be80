import { html, type Html } from './html.ts';

/** No code of ours is longer: what is may be anything, is cut here, and stands whole in the title. */
const LONGEST = 40;

/** No word of ours is longer: what is may be broken within. */
const LONGEST_WORD = 16;

/** A code from the row, whoever wrote it. It may be broken after each underscore, so that it fits on a phone. */
export function codeElement(code: string): Html {
  const cut = code.length > LONGEST;
  const shown = cut ? `${code.slice(0, LONGEST)}…` : code;
  const [first = '', ...others] = shown.split(/(?<=_)/).flatMap(breakUp);
  return html`<code${cut && html` title="${code}"`}>${first}${others.map((part) => html`<wbr />${part}`)}</code>`;
}

function breakUp(word: string): string[] {
  return word.match(new RegExp(`.{1,${LONGEST_WORD}}`, 'gsu')) ?? [];
}
