/** What texts mean as units of measurement, in many spellings. */
import { type Fraction, one, parseFraction, power, times, zero } from './fraction.ts'
import {
  dataPrefixes,
  misspelt,
  prefixedOnly,
  prefixWords,
  siPrefixes,
  type UnitRow,
  unitRows,
} from './unit-table.ts'

/** How often each base unit is in it, such as `m` once and `s` minus once; empty: a plain number. */
type Dimension = ReadonlyMap<string, number>

/** What a unit measures, and how much of it. */
export interface Unit {
  /** As it was written. */
  readonly text: string
  /** The same for all units that can stand for each other: `g·m²·s⁻³`; empty for plain numbers. */
  readonly dimension: string
  /** How many base units it is. */
  readonly factor: Fraction
  /** Where its zero lies, in this unit; zero but for temperatures and levels. */
  readonly zero: Fraction
}

interface Measure extends Pick<Unit, 'factor' | 'zero'> {
  readonly bases: Dimension
}

interface Spelled {
  readonly row: UnitRow
  measure: Measure | undefined
}

/** Characters of a unit, and factors in it: what peers send is bounded. */
const maxLength = 64
const maxFactors = 12
/** Units that were asked for lately. */
const remembered = 500

class Catalogue {
  readonly #bySpelling = new Map<string, Spelled>()
  readonly #byWord = new Map<string, Spelled>()
  readonly #known = new Map<string, Unit | undefined>()

  constructor(rows: readonly UnitRow[]) {
    for (const row of rows) {
      const spelled: Spelled = { row, measure: undefined }
      const [symbol, , , others = ''] = row
      for (const spelling of [symbol, ...others.split(' ')]) {
        if (spelling === '') continue
        this.#bySpelling.set(normalized(spelling), spelled)
        // Words are read whatever their case; of symbols the case is what tells them apart.
        if (spelling.length > 3) this.#byWord.set(normalized(spelling).toLowerCase(), spelled)
      }
    }
  }

  unit(text: string): Unit | undefined {
    // Not remembered either: what is remembered is small.
    if (text.length > maxLength) return undefined
    if (this.#known.has(text)) return this.#known.get(text)
    const found = this.#read(text)
    if (this.#known.size >= remembered) this.#known.clear()
    this.#known.set(text, found)
    return found
  }

  #read(text: string): Unit | undefined {
    const measure = this.#measure(normalized(text))
    if (!measure) return undefined
    const { bases, factor, zero } = measure
    return { text, dimension: dimensionOf(bases), factor, zero }
  }

  #measure(text: string): Measure | undefined {
    if (text === '' || text === '/') return { bases: new Map(), factor: one, zero }
    return this.#single(text) ?? this.#product(text)
  }

  /** One unit, perhaps with a prefix. */
  #single(text: string): Measure | undefined {
    const meant = misspelt.get(text)
    if (meant !== undefined) return this.#measure(meant)
    const spelled = this.#bySpelling.get(text) ?? this.#byWord.get(text.toLowerCase())
    return spelled ? this.#measureOf(spelled) : this.#prefixed(text)
  }

  #prefixed(text: string): Measure | undefined {
    for (const length of [1, 2]) {
      const [prefix, rest] = [text.slice(0, length), text.slice(length)]
      const found = this.#scaled(prefix, this.#bySpelling.get(prefixedOnly.get(rest) ?? rest))
      if (found) return found
    }
    const words = text.toLowerCase()
    for (const [word, prefix] of prefixWords) {
      const found = words.startsWith(word) && this.#scaled(prefix, this.#byWord.get(words.slice(word.length)))
      if (found) return found
    }
    return undefined
  }

  #scaled(prefix: string, spelled: Spelled | undefined): Measure | undefined {
    const kind = spelled?.row[4]
    const scale = kind && scaleOf(prefix, kind)
    if (!spelled || !scale) return undefined
    const { bases, factor } = this.#measureOf(spelled)
    return { bases, factor: times(factor, scale), zero }
  }

  #measureOf(spelled: Spelled): Measure {
    spelled.measure ??= this.#derived(spelled.row)
    return spelled.measure
  }

  #derived([symbol, written, of]: UnitRow): Measure {
    const [scale = '1', offset = '0'] = written.split('+')
    const own = { factor: parseFraction(scale), zero: parseFraction(offset) }
    if (of === '') return { ...own, bases: new Map([[symbol, 1]]) }
    const base = of === '1' ? { bases: new Map<string, number>(), factor: one } : this.#measure(of)
    if (!base) throw new RangeError(`${symbol} is made of ${of}, which is not known.`)
    return { bases: base.bases, factor: times(own.factor, base.factor), zero: own.zero }
  }

  /** `kWh/m2`, `W/(m2*K)`, `m*s^-1`: what follows a stroke divides, in brackets or up to the next sign. */
  #product(text: string): Measure | undefined {
    const [above = '', ...below] = strokes(text)
    const groups = [{ part: above, sign: 1 }, ...below.map(part => ({ part, sign: -1 }))]
    const factors = groups.flatMap(({ part, sign }) =>
      part
        .replace(/^\((.*)\)$/, '$1')
        .split('*')
        .map(factor => ({ factor, sign })),
    )
    if (factors.length > maxFactors) return undefined
    let whole: Measure = { bases: new Map(), factor: one, zero }
    for (const { factor, sign } of factors) {
      const [, symbol = '', exponent = '1'] = /^(.*?[^0-9^-])(?:\^?(-?[1-9]))?$/.exec(factor) ?? []
      const measure = factor === '1' ? whole : this.#single(symbol)
      if (!measure || (symbol === '' && factor !== '1')) return undefined
      if (factor !== '1') whole = joined(whole, measure, sign * Number(exponent))
    }
    return whole
  }
}

/** The parts between strokes that are in no brackets. */
function strokes(text: string): readonly string[] {
  return text.split(/\/(?![^(]*\))/)
}

function joined(whole: Measure, part: Measure, exponent: number): Measure {
  const bases = new Map(whole.bases)
  for (const [base, times] of part.bases) bases.set(base, (bases.get(base) ?? 0) + times * exponent)
  // In products a degree is a difference.
  return { bases, factor: times(whole.factor, power(part.factor, exponent)), zero }
}

function scaleOf(prefix: string, kind: UnitRow[4]): Fraction | undefined {
  const bits = kind === 'data' ? dataPrefixes.get(prefix) : undefined
  if (bits !== undefined) return { of: 2n ** BigInt(bits), over: 1n }
  const tens = siPrefixes.get(prefix)
  return tens === undefined ? undefined : power({ of: 10n, over: 1n }, tens)
}

/** One way to write signs, powers and letters that look alike. */
function normalized(text: string): string {
  return text
    .trim()
    .replaceAll(/[º˚]/g, '°')
    .normalize('NFKC')
    .replaceAll('−', '-')
    .replaceAll(/[·⋅×]|\s*\*\s*|(?<=[\p{L}0-9)])\.(?=\p{L})|(?<=[\p{L}0-9]) (?=\p{L})/gu, '*')
    .replaceAll(/\s*\/\s*|\*per\*/g, '/')
    .replaceAll(/\s+/g, '')
}

const raised: Readonly<Record<string, string>> = { '-': '⁻', '2': '²', '3': '³', '1': '¹', '4': '⁴' }

function dimensionOf(bases: Dimension): string {
  return [...bases]
    .filter(([, times]) => times !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([base, count]) => base + (count === 1 ? '' : String(count).replaceAll(/./g, c => raised[c] ?? c)))
    .join('·')
}

let catalogue: Catalogue | undefined

/** What a text means as a unit; `undefined`: nothing that is known here. An absent or empty one is a plain number's. */
export function unitOf(text: string | undefined): Unit | undefined {
  catalogue ??= new Catalogue(unitRows)
  return catalogue.unit(text ?? '')
}
