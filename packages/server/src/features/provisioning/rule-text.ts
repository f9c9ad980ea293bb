/**
 * Rules as text, one a line:
 *
 *     own boiler@home.example, lamp@home.example
 *     tag family is ann@example.org, domain home.example
 *     allow tag family to read boiler@example.org only Temperature, "Outside temperature" until 2026-12-31
 *     allow tag family to read things with ROOM Kitchen types momentary, peak between 08:00 and 18:00
 *     deny everyone to control everything
 */
import { type BareJid, domainOf, parseBareJid, tryJid } from '@waxwing/jid'
import { fieldCategories } from '@waxwing/protocol'
import { parseDateTime } from '@waxwing/xml'
import { type Hours, noRules, type Rule, type RuleBook, type Subject, verbs } from './rule.ts'
import { LineFault, type RuleFault, type Word, WordReader, wordsOf } from './rule-words.ts'

export interface RuleLimits {
  /** Rules and what they name: things, members of tags, fields and parameters. */
  readonly rules: number
  /** Characters of the whole text. */
  readonly characters: number
}

export interface ReadRules {
  /** What could be read of it. */
  readonly book: RuleBook
  /** Empty: the text is right. */
  readonly faults: readonly RuleFault[]
}

const exampleTime = '2026-12-31T12:00:00Z'

/** Faults told of one text. */
const mostFaults = 20

/** Reads all of a text. Never throws. */
export function readRules(text: string, limits: RuleLimits): ReadRules {
  if (text.length > limits.characters)
    return { book: noRules, faults: [tooMuch(1, `more than ${limits.characters} characters`)] }
  const reading = new Reading(limits)
  for (const [index, line] of text.split('\n').entries()) {
    reading.line(index + 1, line)
    if (reading.faults.length >= mostFaults || reading.isFull) break
  }
  reading.checkTags()
  const { things, rules, tags, faults } = reading
  return { book: { things, rules, tags }, faults: faults.slice(0, mostFaults) }
}

function tooMuch(line: number, what: string): RuleFault {
  return { line, column: 1, text: `These are too many rules: ${what}` }
}

class Reading {
  readonly things = new Set<BareJid>()
  readonly rules: Rule[] = []
  readonly tags = new Map<string, readonly Subject[]>()
  readonly faults: RuleFault[] = []
  readonly #limits: RuleLimits
  /** Where tags are named. */
  readonly #named: { readonly line: number; readonly word: Word }[] = []
  #count = 0

  constructor(limits: RuleLimits) {
    this.#limits = limits
  }

  get isFull(): boolean {
    return this.#count > this.#limits.rules
  }

  line(line: number, text: string): void {
    try {
      const words = wordsOf(text)
      if (words.length === 0) return
      this.#statement(line, text, new WordReader(words))
    } catch (error) {
      if (!(error instanceof LineFault)) throw error
      this.faults.push({ line, column: error.column, text: error.message })
    }
    if (this.isFull) this.faults.push(tooMuch(line, `more than ${this.#limits.rules}`))
  }

  /** Every tag that is named stands for something. */
  checkTags(): void {
    for (const { line, word } of this.#named)
      if (!this.tags.has(word.text))
        this.faults.push({ line, column: word.column, text: `No line says what the tag ${word.text} is` })
  }

  #statement(line: number, text: string, words: WordReader): void {
    const first = words.oneOf(['allow', 'deny', 'tag', 'own'])
    if (first === 'own') this.#own(words)
    else if (first === 'tag') this.#tag(words)
    else this.#rule(line, text, first, words)
  }

  #own(words: WordReader): void {
    do {
      this.things.add(addressIn(words, 'the address of a thing'))
      this.#count++
    } while (words.takes(','))
    words.end()
  }

  #tag(words: WordReader): void {
    const { text: name, column } = words.name('the name of a tag')
    if (this.tags.has(name)) throw new LineFault(column, `A line before says what the tag ${name} is`)
    words.oneOf(['is'])
    const members: Subject[] = []
    do {
      const at = words.column
      const { subject } = subjectIn(words)
      if (subject.kind === 'tag') throw new LineFault(at, 'A tag cannot stand for another one')
      members.push(subject)
    } while (words.takes(','))
    words.end()
    this.#count += members.length
    this.tags.set(name, members)
  }

  #rule(line: number, text: string, effect: Rule['effect'], words: WordReader): void {
    const { subject, word } = subjectIn(words)
    if (subject.kind === 'tag') this.#named.push({ line, word })
    words.oneOf(['to'])
    const verb = words.oneOf(verbs)
    const object = objectIn(words)
    const node = words.takes('node') ? nodeIn(words) : undefined
    const column = words.column
    const names = words.takes('only') ? namesIn(words) : []
    if (verb === 'befriend' && (names.length > 0 || node))
      throw new LineFault(column, 'Friendship is with a whole thing')
    if (verb === 'use' && (node || !names.every(isPrivilege)))
      throw new LineFault(column, 'Of a service, privileges are named: words with dots between them')
    const at = words.column
    const categories = words.takes('types') ? categoriesIn(words) : []
    if (verb !== 'read' && categories.length > 0) throw new LineFault(at, 'Types are of what is read')
    const from = words.takes('from') ? momentIn(words, 'start') : undefined
    const until = words.takes('until') ? momentIn(words, 'end') : undefined
    const hours = words.takes('between') ? hoursIn(words) : undefined
    words.end()
    // Names cost as much as rules where they are looked through.
    this.#count += Math.max(1, names.length + object.tags.length)
    const about = { effect, subject, verb, ...object, node, categories, from, until, hours }
    // Of privileges the longest name decides: each stands for itself.
    const each = verb === 'use' && names.length > 1 ? names.map(name => [name]) : [names]
    for (const some of each) this.rules.push({ line, text: text.trim(), ...about, names: some })
  }
}

function objectIn(words: WordReader): Pick<Rule, 'thing' | 'tags'> {
  if (words.takes('everything')) return { thing: undefined, tags: [] }
  if (!words.takes('things')) return { thing: addressIn(words, 'the address of a thing'), tags: [] }
  words.oneOf(['with'])
  const tags: [string, string][] = []
  do tags.push([words.name('the name of a tag').text.toUpperCase(), words.name('the value of a tag').text])
  while (words.takes('and'))
  return { thing: undefined, tags }
}

function subjectIn(words: WordReader): { readonly subject: Subject; readonly word: Word } {
  const who = 'an address, "domain", "token", "tag" or "everyone"'
  const word = words.name(who)
  if (word.isQuoted) return { subject: accountOf(word), word }
  switch (word.text) {
    case 'everyone':
      return { subject: { kind: 'everyone' }, word }
    case 'domain':
      return { subject: domainNamed(words.name('a domain')), word }
    case 'token':
      return { subject: { kind: 'token', token: words.name('a token').text }, word }
    case 'service':
    case 'device':
    case 'user':
      return { subject: { kind: 'token', token: words.name('a token').text, of: word.text }, word }
    case 'tag': {
      const name = words.name('the name of a tag')
      return { subject: { kind: 'tag', name: name.text }, word: name }
    }
    default:
      return { subject: accountOf(word), word }
  }
}

function accountOf(word: Word): Subject {
  if (!word.text.includes('@'))
    throw new LineFault(word.column, `"${word.text}" is no address; write "domain ${word.text}" if it is one`)
  return { kind: 'account', jid: addressOf(word) }
}

function domainNamed({ text, column }: Word): Subject {
  const address = tryJid(text)
  if (address === undefined || /[@/]/.test(text)) throw new LineFault(column, `"${text}" is no domain`)
  return { kind: 'domain', domain: domainOf(address) }
}

function addressIn(words: WordReader, what: string): BareJid {
  return addressOf(words.name(what))
}

function addressOf({ text, column }: Word): BareJid {
  const address = tryJid(text)
  if (address === undefined) throw new LineFault(column, `"${text}" is no address`)
  if (text.includes('/')) throw new LineFault(column, 'Addresses stand without resource here')
  return parseBareJid(text)
}

function nodeIn(words: WordReader): Rule['node'] {
  const id = words.name('the id of a node').text
  const source = words.takes('source') ? words.name('the source of a node').text : undefined
  const partition = words.takes('partition') ? words.name('the partition of a node').text : undefined
  return { id, source, partition }
}

function namesIn(words: WordReader): readonly string[] {
  const names: string[] = []
  do names.push(words.name('a name').text)
  while (words.takes(','))
  return names
}

/** XEP-0324 §3.7.1 */
function isPrivilege(name: string): boolean {
  return /^[^.\s]+(\.[^.\s]+)*$/.test(name)
}

function categoriesIn(words: WordReader): Rule['categories'] {
  const found = new Set<Rule['categories'][number]>()
  do found.add(words.oneOf(fieldCategories))
  while (words.takes(','))
  return [...found]
}

/** Both in UTC. */
function hoursIn(words: WordReader): Hours {
  const from = minuteIn(words)
  words.oneOf(['and'])
  const { column } = words
  const to = minuteIn(words)
  if (from === to) throw new LineFault(column, 'That is no time between')
  return { from, to }
}

function minuteIn(words: WordReader): number {
  const { text, column } = words.name('a time of day')
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? []
  const minute = Number(hours) * 60 + Number(minutes)
  if (Number.isNaN(minute) || minute > 1_440)
    throw new LineFault(column, `"${text}" is no time of day like 08:30`)
  return minute
}

/** A day begins at its start and is over at its end, in UTC. */
function momentIn(words: WordReader, side: 'start' | 'end'): number {
  const { text, column } = words.name('a day or a time')
  const hour = side === 'start' ? '00' : '24'
  try {
    return parseDateTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T${hour}:00:00Z` : text).getTime()
  } catch {
    throw new LineFault(column, `"${text}" is neither a day like 2026-12-31 nor a time like ${exampleTime}`)
  }
}
