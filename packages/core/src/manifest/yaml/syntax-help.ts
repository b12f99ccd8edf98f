import type { ErrorCode } from 'yaml';

const noProperty = 'remove the anchor or tag';

const helps: Readonly<Partial<Record<ErrorCode, string>>> = {
  TAB_AS_INDENT: 'indent with spaces; YAML does not allow tabs there',
  BAD_INDENT: 'give this line the same indentation as the other entries of its list or mapping',
  BLOCK_AS_IMPLICIT_KEY:
    'a value with `: ` in it needs quotes, and a nested mapping begins on a line of its own',
  BAD_SCALAR_START: 'put the value in quotes',
  BAD_ALIAS: 'an alias `*name` needs a name; put text that begins with `*` or `&` in quotes',
  MULTILINE_IMPLICIT_KEY: 'is a `:` missing after the key, or a quote at the end of the line before?',
  BAD_DQ_ESCAPE: 'double the backslash, or use single quotes, in which a backslash is an ordinary character',
  BLOCK_IN_FLOW: 'inside `{}` and `[]` write entries separated by commas',
  UNEXPECTED_TOKEN: 'look for a bracket or quotation mark that is not closed, or an indentation that changed',
  KEY_OVER_1024_CHARS: 'shorten the key',
  BAD_DIRECTIVE: 'remove the line that begins with `%`',
  MULTIPLE_ANCHORS: noProperty,
  MULTIPLE_TAGS: noProperty,
  BAD_PROP_ORDER: noProperty,
  ALIAS_PROPS: noProperty,
};

/** What to do about an error of the YAML parser. */
export function syntaxHelp(code: ErrorCode, message: string): string | undefined {
  if (code !== 'MISSING_CHAR') return helps[code];
  // One code for many characters; the message tells them apart.
  if (message.includes('map values') || message.includes('map keys'))
    return 'write `: ` and a value after the key';
  if (message.includes('quote')) return 'close the quotation mark';
  return 'add the character that is missing';
}
