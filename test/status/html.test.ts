import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Html, html, ownMarkup } from '../../src/status/html.ts';

describe('an HTML template', () => {
  it('escapes its values, in text and in attributes', () => {
    const value = `<b title="x" class='y'>&amp;</b>`;
    const escaped = '&#60;b title=&#34;x&#34; class=&#39;y&#39;&#62;&#38;amp;&#60;/b&#62;';
    const written = html`<p title="${value}">${value}</p>`.toString();
    assert.equal(written.replaceAll(/\s+/g, ' '), `<p title="${escaped}">${escaped}</p>`);
  });

  it('leaves HTML unchanged, renders lists one after the other, and nothing for what is absent', () => {
    const items = [1, 'a & b', html`<i>${'<'}</i>`, undefined, false, [ownMarkup('<br>'), 0]] as const;
    assert.equal(html`${items}`.toString(), '1a &#38; b<i>&#60;</i><br>0');
  });

  it('keeps every string in its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = html`${text}`.toString();
        assert.doesNotMatch(written, /[<>"']/);
        const decoded = written.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
        assert.equal(decoded, text);
      }),
    );
  });

  it('is the only way to create HTML', () => {
    assert.throws(() => new Html('<script>', Symbol('creates HTML')), TypeError);
  });
});
