/** HTML that escapes by default: a value in a template is text, unless it is HTML already. */

/** A piece of HTML. Only this file creates one. */
export class Html {
  readonly #text: string;

  constructor(text: string, key: symbol) {
    if (key !== KEY) throw new TypeError('HTML is created by templates');
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

const KEY = Symbol('creates HTML');

/** A value in a template. `undefined` and `false` render nothing. */
export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[];

/** A template. Values are escaped for text and for attributes in quotes; they must not stand anywhere else. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(render)), KEY);
}

/** Our own constant markup, unchanged: style, script, icons. */
export function ownMarkup(text: string): Html {
  return new Html(text, KEY);
}

function render(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(render).join('');
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
