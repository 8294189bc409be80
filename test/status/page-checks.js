// Runs in the page: what readers with weak eyes or a phone would stumble over. Its value is an object of findings.
(() => {
  const parse = (colour) => {
    const [r = 0, g = 0, b = 0, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
    return { rgb: [r, g, b], alpha };
  };
  const over = (front, back) => front.rgb.map((channel, i) => channel * front.alpha + back[i] * (1 - front.alpha));
  const background = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.toReversed().reduce((back, layer) => over(layer, back), [255, 255, 255]);
  };
  /** Relative luminance and contrast: WCAG 2.2. */
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0);
    if (node.textContent.trim() !== '' && boxes.length > 0) texts.push({ node, boxes, element: node.parentElement });
  }

  const faint = texts.flatMap(({ node, element }) => {
    const style = getComputedStyle(element);
    const back = background(element);
    const ink = parse(style.color);
    const ratio = contrast(over(ink, back), back);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    return ratio >= (large ? 3 : 4.5) ? [] : [`${node.textContent.trim()} (${ratio.toFixed(2)})`];
  });
  /** Texts that are not wholly within the window, or are cut by a box around them. */
  const cut = texts.flatMap(({ node, boxes, element }) => {
    const outside = boxes.some(({ left, right }) => left < -0.5 || right > innerWidth + 0.5);
    const clipped = (at) => getComputedStyle(at).overflow !== 'visible' && at.scrollWidth > at.clientWidth + 1;
    let hidden = false;
    for (let at = element; at && at !== document.documentElement; at = at.parentElement) {
      hidden ||= at instanceof HTMLElement && clipped(at);
    }
    const card = element.closest('section')?.getBoundingClientRect();
    const leaves = card && boxes.some(({ left, right }) => left < card.left || right > card.right);
    return outside || hidden || leaves ? [node.textContent.trim()] : [];
  });
  const levels = [...document.querySelectorAll('h1,h2,h3')].map(({ tagName }) => Number(tagName[1]));
  return {
    faint,
    cut,
    textCount: texts.length,
    overflow: document.scrollingElement.scrollWidth - innerWidth,
    skippedHeadings: levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1),
    landmarks: ['header', 'main', 'footer'].filter((name) => document.querySelectorAll(`body > ${name}`).length === 1),
    unnamedTables: [...document.querySelectorAll('table')].filter(
      (table) => !table.caption?.textContent.trim() || table.querySelector('th:not([scope])'),
    ).length,
    repeatedIds:
      [...document.querySelectorAll('[id]')].length -
      new Set([...document.querySelectorAll('[id]')].map(({ id }) => id)).size,
    language: document.documentElement.lang,
  };
})();
