/** What a source says to people: the sentences it asks for, and words that stand in it as they are. For the test. */
import { parseSync } from 'vite';

export interface Call {
  sentence: string;
  /** It has a `count`, which chooses its form. */
  counts: boolean;
  names: readonly string[];
}

export interface Source {
  path: string;
  calls: Call[];
  /** Calls whose sentence is not written out. */
  unclear: string[];
  /** Words in a place where people read them, without `t`. */
  bare: string[];
}

interface Node {
  type: string;
  start: number;
  end: number;
  [part: string]: unknown;
}

/** Attributes that are shown or read aloud. */
const SHOWN = new Set([
  'action', 'alt', 'aria-description', 'aria-label', 'aria-roledescription', 'aria-valuetext', 'aside', 'description', 'empty', 'error', 'heading', 'help', 'hint', 'keep', 'label', 'note',
  'placeholder', 'summary', 'text', 'title', 'unit', 'what', 'words',
]);
/** Elements whose text is typed or printed as it is. */
const CODE = new Set(['Kbd', 'Code', 'Lines']);
/** Names that are the same in every language, keys as they are printed, and examples of names, paths and addresses. */
const NAMES = /^(Courier|SFTP|FTPS?|TLS( 1\.[23])?|UTC|CSV|SSH|PGP|SHA-256|steps\.|params\.)$/;
const KEYS = /^((Ctrl|Alt|Shift|Enter|Esc|Del|Space|F\d+|[A-Z0-9?/↑↓←→])([ +]|$))+$/;
const EXAMPLE = /^\S*[./@:#*_\d-]\S*$|<\S+@\S+>/;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;
const isBare = (text: string) => /\p{L}/u.test(text) && !NAMES.test(text.trim()) && !KEYS.test(text.trim());

export function readSource(path: string, code: string): Source {
  const source: Source = { path, calls: [], unclear: [], bare: [] };
  const { program, errors } = parseSync(path, code);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  const text = (node: Node) => code.slice(node.start, node.end).replaceAll(/\s+/g, ' ');
  const visit = (node: Node, element: string) => {
    if (node.type === 'CallExpression') readCall(node);
    if (node.type === 'JSXText' && !CODE.has(element) && isBare(String(node.value))) source.bare.push(text(node));
    if (node.type === 'JSXAttribute') readAttribute(node);
    const inside = node.type === 'JSXElement' ? text((node.openingElement as Node).name as Node) : element;
    for (const part of Object.values(node)) {
      for (const inner of Array.isArray(part) ? part : [part]) if (isNode(inner)) visit(inner, inside);
    }
  };
  const readCall = (node: Node) => {
    const name = text(node.callee as Node);
    if (name !== 't' && name !== 'rich') return;
    const [sentence, values] = node.arguments as Node[];
    if (sentence?.type !== 'Literal' || typeof sentence.value !== 'string') {
      source.unclear.push(text(node));
      return;
    }
    const properties = (values?.type === 'ObjectExpression' ? values.properties : []) as Node[];
    const names = properties.flatMap(({ key }) => (isNode(key) ? [String(key.name ?? key.value)] : []));
    source.calls.push({ sentence: sentence.value, counts: names.includes('count'), names });
  };
  const readAttribute = (node: Node) => {
    const name = text(node.name as Node);
    if (!SHOWN.has(name) || !isNode(node.value)) return;
    const fits = (value: string) => isBare(value) && !(name === 'placeholder' && EXAMPLE.test(value));
    for (const literal of literalsOf(node.value)) {
      const said = literal.type === 'Literal' ? literal.value : (literal.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('');
      if (typeof said === 'string' && fits(said)) source.bare.push(`${name} ${text(literal)}`);
    }
  };
  visit(program as unknown as Node, '');
  return source;
}

/** The strings that an expression may be. */
function literalsOf(node: Node): Node[] {
  switch (node.type) {
    case 'Literal':
    case 'TemplateLiteral':
      return [node];
    case 'ConditionalExpression':
      return [...literalsOf(node.consequent as Node), ...literalsOf(node.alternate as Node)];
    case 'LogicalExpression':
      return [...(node.operator === '&&' ? [] : literalsOf(node.left as Node)), ...literalsOf(node.right as Node)];
    case 'JSXExpressionContainer':
    case 'ParenthesizedExpression':
      return literalsOf(node.expression as Node);
    default:
      return [];
  }
}
