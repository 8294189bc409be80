/** HTML that escapes by default: what comes into a template is text, unless it is HTML already. */

/** A piece of HTML. Only this file makes one. */
export class Html {
  readonly #text: string;

  constructor(text: string, key: symbol) {
    if (key !== MAKER) throw new TypeError('HTML is made by templates');
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

const MAKER = Symbol('maker of HTML');

/** What a template takes. `undefined` and `false` are nothing. */
export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[];

/** A template: values are escaped for text and for attributes in quotes. Nowhere else may they stand. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(render)), MAKER);
}

/** What we wrote ourselves, as it is: style, script. Never with anything in it from elsewhere. */
export function ownMarkup(text: string): Html {
  return new Html(text, MAKER);
}

function render(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(render).join('');
  return escape(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
