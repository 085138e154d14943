/* How much of a post a text takes, as X counts: a link 23, an emoji 2, most letters 1, the rest 2.
   For showing while somebody types; the stand-in counts again when it is sent. */

const LINK = /(?<![\w@#$./-])(?:https?:\/\/)?(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?\.)+(?:com|net|org|info|io|app|eu|fr|be|ch|de|es|it|lu|uk|re|me|co|tv|bzh|alsace|corsica|paris|example)(?![\w@-])(?:[/?#][^\s<>«»]*[^\s<>«».,;:!?'’)\]])?\/?/giu;
const LIGHT = [[0, 0x10ff], [0x2000, 0x200d], [0x2010, 0x201f], [0x2032, 0x2037]];
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\ufe0f?\u20e3)/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function character(code) {
  return LIGHT.some(([first, last]) => first <= code && code <= last) ? 1 : 2;
}

function grapheme(text) {
  if (EMOJI.test(text)) return 2;
  return [...text].reduce((sum, one) => sum + character(one.codePointAt(0)), 0);
}

export function weigh(text) {
  const normal = text.normalize("NFC");
  const links = normal.match(LINK) ?? [];
  const rest = graphemes.segment(normal.replace(LINK, ""));
  return links.length * 23 + [...rest].reduce((sum, { segment }) => sum + grapheme(segment), 0);
}
