/** What a release says of itself. Pure. */

export type Notes = { readonly ok: true; readonly notes: string } | { readonly ok: false; readonly problem: string };

/**
 * Checks that a tag is the one of this version, and takes that version's section out of the changelog.
 *
 * @param tag `v1.2.3`, or `v1.2.3-rc.1`
 * @param version of package.json
 */
export function readNotes(tag: string, { version, changelog }: { version: string; changelog: string }): Notes {
  if (tag !== `v${version}`)
    return { ok: false, problem: `The tag is ${tag}, and has to be v${version}, as package.json says.` };
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => /^\[?([^\s\]]+)/.exec(text)?.[1] === version);
  const notes = section
    ?.replace(/^.*\n/, '')
    .replaceAll(/^\[[^\]]+\]: .*$/gm, '')
    .trim();
  if (!notes) return { ok: false, problem: `CHANGELOG.md has no section for ${version}, or nothing in it.` };
  return { ok: true, notes };
}
