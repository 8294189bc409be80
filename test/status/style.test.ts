import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STYLE } from '../../src/status/style.ts';

/** The colours by their names, light and dark. */
const palettes = [...STYLE.matchAll(/:root\{([^}]*)\}/g)].map(
  ([, text = '']) =>
    new Map([...text.matchAll(/--([\w-]+):(#[0-9a-f]+)/g)].map(([, name = '', hex = '']) => [name, hex])),
);

/** Relative luminance and contrast: WCAG 2.2. */
function luminance(hex: string): number {
  const digits = hex.length === 4 ? hex.slice(1).replaceAll(/./g, '$&$&') : hex.slice(1);
  const [r = 0, g = 0, b = 0] = (digits.match(/../g) ?? []).map((pair) => {
    const part = Number.parseInt(pair, 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe('the style', () => {
  it('separates the parts of a bar by a contrast of 3 to 1 (WCAG 2.2, 1.4.11), light and dark', () => {
    assert.equal(palettes.length, 2);
    for (const palette of palettes) {
      const colour = (name: string) => palette.get(name) ?? '';
      for (const [one, other] of [
        ['left', 'passed'],
        ['left', 'card'],
        ['edge', 'card'],
        ['short', 'card'],
      ] as const) {
        assert.ok(contrast(colour(one), colour(other)) >= 3, `${one} on ${other}`);
      }
    }
  });

  it('sizes letters by the setting of the reader, never in pixels', () => {
    assert.doesNotMatch(STYLE, /font(-size)?:[^;}]*\dpx/);
    assert.match(STYLE, /body\{[^}]*font:[\d.]+rem/);
  });
});
