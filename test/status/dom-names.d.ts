// Names that the types of playwright-core want to exist. Empty: nothing that runs in Node has a document, and what runs in
// the page is JavaScript of its own.
interface Node {}
interface HTMLElement {}
interface SVGElement {}
interface HTMLElementTagNameMap {}
