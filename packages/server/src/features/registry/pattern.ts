/**
 * Regular expressions of strangers: no backtracking, so that no pattern takes longer than its length times the text's.
 *
 * The whole text must fit. Understood are literals, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `*`, `+`,
 * `?` and `{n,m}`.
 */

/** Steps that may still be taken; shared by all matches of one search. */
export interface Budget {
  left: number
}

export class PatternError extends Error {
  override readonly name = 'PatternError'
}

export class BudgetError extends Error {
  override readonly name = 'BudgetError'
}

/** Takes steps. @throws BudgetError when there are not so many left */
export function spend(budget: Budget, steps: number): void {
  budget.left -= steps
  if (budget.left < 0) throw new BudgetError()
}

type Test = (character: string) => boolean

/** What takes one character; `steps` is what it costs to ask. */
interface TestNode {
  readonly kind: 'test'
  readonly test: Test
  readonly steps: number
}

type Node =
  | TestNode
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly min: number; readonly max: number }

/** States of one machine. */
const maxStates = 1_000
const maxDepth = 20

const isDigit: Test = c => c >= '0' && c <= '9'
const isWord: Test = c => /[A-Za-z0-9_]/.test(c)
const isSpace: Test = c => /\s/.test(c)
const not =
  (test: Test): Test =>
  c =>
    !test(c)

const named: Readonly<Record<string, Test>> = {
  d: isDigit,
  D: not(isDigit),
  w: isWord,
  W: not(isWord),
  s: isSpace,
  S: not(isSpace),
}
const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

class Parser {
  readonly #text: readonly string[]
  #at = 0
  #depth = 0

  constructor(pattern: string) {
    this.#text = Array.from(pattern.replace(/^\^/, '').replace(/(?<!\\)\$$/, ''))
  }

  parse(): Node {
    const node = this.#alternatives()
    if (this.#at < this.#text.length) throw new PatternError('a bracket is closed that was not opened')
    return node
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #next(): string {
    const character = this.#text[this.#at++]
    if (character === undefined) throw new PatternError('it ends too early')
    return character
  }

  #alternatives(): Node {
    if (++this.#depth > maxDepth) throw new PatternError('it is nested too deeply')
    const parts = [this.#sequence()]
    while (this.#takes('|')) parts.push(this.#sequence())
    this.#depth--
    return { kind: 'any', parts }
  }

  #sequence(): Node {
    const parts: Node[] = []
    for (let c = this.#text[this.#at]; c !== undefined && c !== '|' && c !== ')'; c = this.#text[this.#at])
      parts.push(this.#repeated(this.#atom()))
    return { kind: 'all', parts }
  }

  #atom(): Node {
    const character = this.#next()
    if (character === '(') return this.#group()
    if (character === '[') return this.#class()
    if (character === '.') return single(() => true)
    if (character === '\\') return single(this.#escape())
    if ('*+?{}^$]'.includes(character)) throw new PatternError(`${character} stands where it cannot`)
    return single(c => c === character)
  }

  #group(): Node {
    if (this.#takes('?') && !this.#takes(':')) throw new PatternError('only plain groups are understood')
    const node = this.#alternatives()
    if (!this.#takes(')')) throw new PatternError('a group is not closed')
    return node
  }

  #escape(): Test {
    const character = this.#next()
    const test = named[character]
    if (test) return test
    const literal = this.#literal(character)
    return c => c === literal
  }

  #literal(escaped: string): string {
    const control = controls[escaped]
    if (control !== undefined) return control
    if (isWord(escaped)) throw new PatternError(`\\${escaped} is not understood`)
    return escaped
  }

  #class(): TestNode {
    const isNot = this.#takes('^')
    const tests: Test[] = []
    for (let isFirst = true; isFirst || !this.#takes(']'); isFirst = false) tests.push(this.#member())
    const isIn: Test = c => tests.some(test => test(c))
    return { kind: 'test', test: isNot ? not(isIn) : isIn, steps: tests.length }
  }

  #member(): Test {
    let from = this.#next()
    if (from === '\\') {
      const escaped = this.#next()
      const test = named[escaped]
      if (test) return test
      from = this.#literal(escaped)
    }
    if (this.#text[this.#at] !== '-' || this.#text[this.#at + 1] === ']') return c => c === from
    this.#at++
    const end = this.#next()
    const to = end === '\\' ? this.#literal(this.#next()) : end
    return c => c >= from && c <= to
  }

  #repeated(node: Node): Node {
    const [min, max] = this.#counts()
    if (min === 1 && max === 1) return node
    // How greedy it is makes no difference to whether the whole fits.
    this.#takes('?')
    return { kind: 'repeat', of: node, min, max }
  }

  #counts(): readonly [number, number] {
    if (this.#takes('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#takes('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#takes('?')) return [0, 1]
    if (!this.#takes('{')) return [1, 1]
    const min = this.#number()
    const max = this.#takes(',')
      ? this.#text[this.#at] === '}'
        ? Number.POSITIVE_INFINITY
        : this.#number()
      : min
    if (!this.#takes('}') || max < min) throw new PatternError('a count is wrong')
    return [min, max]
  }

  #number(): number {
    let digits = ''
    for (let c = this.#text[this.#at]; c !== undefined && isDigit(c); c = this.#text[this.#at]) {
      digits += c
      this.#at++
    }
    const value = Number(digits)
    if (digits === '' || value > maxStates) throw new PatternError('a count is wrong')
    return value
  }
}

function single(test: Test): TestNode {
  return { kind: 'test', test, steps: 1 }
}

/** Where a machine stands: it takes a character, or goes on at once. */
interface State {
  readonly test: TestNode | undefined
  readonly next: number[]
}

class Machine {
  readonly states: State[] = []

  /** Adds what leads from a new state to `to`. @returns the new state */
  add(node: Node, to: number): number {
    switch (node.kind) {
      case 'test':
        return this.state(node, to)
      case 'all':
        return node.parts.reduceRight((behind, part) => this.add(part, behind), to)
      case 'any':
        return this.state(undefined, ...node.parts.map(part => this.add(part, to)))
      case 'repeat':
        return this.#repeat(node.of, node.min, node.max, to)
    }
  }

  state(test: TestNode | undefined, ...next: number[]): number {
    if (this.states.length >= maxStates) throw new PatternError('it is too large')
    return this.states.push({ test, next }) - 1
  }

  #repeat(of: Node, min: number, max: number, to: number): number {
    let at = to
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.state(undefined, to)
      this.states[loop]?.next.push(this.add(of, loop))
      at = loop
    } else for (let n = min; n < max; n++) at = this.state(undefined, to, this.add(of, at))
    for (let n = 0; n < min; n++) at = this.add(of, at)
    return at
  }
}

/** @throws PatternError */
export function compiled(pattern: string): (text: string, budget: Budget) => boolean {
  const machine = new Machine()
  const end = machine.state(undefined)
  const start = machine.add(new Parser(pattern).parse(), end)
  const { states } = machine

  function enter(at: number, into: Set<number>, budget: Budget): void {
    const open = [at]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const state = states[next]
      // Also where it stands already: to see that is a step.
      spend(budget, into.has(next) ? 1 : (state?.test?.steps ?? 1))
      if (into.has(next)) continue
      into.add(next)
      if (state && !state.test) open.push(...state.next)
    }
  }

  return (text, budget) => {
    let now = new Set<number>()
    enter(start, now, budget)
    for (const character of text) {
      const then = new Set<number>()
      for (const at of now) {
        const state = states[at]
        if (state?.test?.test(character)) for (const to of state.next) enter(to, then, budget)
      }
      if (then.size === 0) return false
      now = then
    }
    return now.has(end)
  }
}
