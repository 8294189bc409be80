import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Html, html, ownMarkup } from '../../src/status/html.ts';

describe('an HTML template', () => {
  it('escapes what comes into it, in text and in attributes', () => {
    const value = `<b title="x" class='y'>&amp;</b>`;
    assert.equal(
      html`<p title="${value}">${value}</p>`.toString().replaceAll(/\s+/g, ' '),
      `<p title="&lt;b title=&quot;x&quot; class=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;">` +
        `&lt;b title=&quot;x&quot; class=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;</p>`,
    );
  });

  it('takes HTML as it is, lists in a row, and nothing for what is absent', () => {
    const items = [1, 'a & b', html`<i>${'<'}</i>`, undefined, false, [ownMarkup('<br>'), 0]] as const;
    assert.equal(html`${items}`.toString(), '1a &amp; b<i>&lt;</i><br>0');
  });

  it('lets no string out of its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = html`${text}`.toString();
        assert.doesNotMatch(written, /[<>"']/);
        assert.equal(decode(written), text);
      }),
    );
  });

  it('is the only way to make HTML', () => {
    assert.throws(() => new Html('<script>', Symbol('maker of HTML')), TypeError);
  });
});

function decode(text: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text.replaceAll(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => characters[name] ?? '');
}
