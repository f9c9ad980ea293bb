// What the tests of the slicer share: it is fed in pieces, and everything it tells is written down as text.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { XmlLimits } from './limits.ts'
import type { Slice } from './slice.ts'
import { StanzaSlicer } from './slicer.ts'

export interface Recording {
  readonly slicer: StanzaSlicer
  readonly told: string[]
}

export interface RecordOptions {
  readonly limits?: Partial<XmlLimits>
  readonly framing?: 'stream' | 'frame'
}

/** A slicer that writes down what it tells. */
export function recorder(options: RecordOptions = {}): Recording {
  const told: string[] = []
  const slicer = new StanzaSlicer({
    ...options,
    sink: {
      opened: ({ ns, name, prefix, attrs, defaultNs, namespaces }) =>
        void told.push(
          `opened ${JSON.stringify([ns, name, prefix, [...attrs], defaultNs, [...namespaces]])}`,
        ),
      sliced: slice => void told.push(`sliced ${describe(slice)}`),
      closed: () => void told.push('closed'),
      failed: error => void told.push(`failed ${error.condition}: ${error.message}`),
    },
  })
  return { slicer, told }
}

/** Everything a slice says, positions counted from its start. */
export function describe(slice: Slice): string {
  const from = (position: number): number => (position < 0 ? -1 : position - slice.start)
  const facts = [
    Buffer.from(slice.bytes.subarray(slice.start, slice.end)).toString('latin1'),
    [slice.nameEnd, slice.contentStart, slice.contentEnd, slice.toStart, slice.idStart, slice.fromStart].map(
      from,
    ),
    [
      slice.selfClosing,
      slice.isDefault,
      slice.isRegular,
      slice.isContentRegular,
      slice.onlyRoutingAttributes,
    ],
    [slice.toIsPlain, slice.fromIsPlain, slice.idIsPlain, slice.typeIsPlain],
    [slice.ns, slice.name, slice.headNs, slice.headName],
    ['to', 'from', 'id', 'type', 'xml:lang', 'other'].map(name => slice.attr(name)),
  ]
  return JSON.stringify([...facts, eventsOf(slice)])
}

/** The element as a list of events. */
export function eventsOf(slice: Slice): (readonly string[])[] {
  const events: (readonly string[])[] = []
  slice.events({
    start: (ns, name, attrs) => void events.push(['start', ns, name, ...attrs]),
    text: text => void events.push(['text', text]),
    end: () => void events.push(['end']),
  })
  return events
}

/** What is told when the chunks arrive one by one. Each chunk is copied, as if read from a socket. */
export function record(chunks: readonly Uint8Array[], options: RecordOptions = {}): readonly string[] {
  const { slicer, told } = recorder(options)
  for (const chunk of chunks) slicer.feed(Uint8Array.from(chunk))
  return told
}

/** The same, cut at these positions. */
export function recordCut(
  bytes: Uint8Array,
  cuts: readonly number[],
  options?: RecordOptions,
): readonly string[] {
  const ends = [...cuts.filter(cut => cut <= bytes.length).sort((a, b) => a - b), bytes.length]
  return record(
    ends.map((end, n) => bytes.subarray(ends[n - 1] ?? 0, end)),
    options,
  )
}

/** `ok`, `open` (accepted so far) or the condition. */
export function verdictOf(told: readonly string[]): string {
  const last = told.at(-1) ?? ''
  if (last.startsWith('failed ')) return last.slice('failed '.length, last.indexOf(':'))
  return last === 'closed' ? 'ok' : 'open'
}

export interface Vector {
  readonly verdict: string
  readonly bytes: Uint8Array
  readonly why: string
}

/** The rows of `vectors/xml-restricted.txt`. */
export function readVectors(): readonly Vector[] {
  const file = new URL('../../../vectors/xml-restricted.txt', import.meta.url)
  const rows = readFileSync(file, 'utf8').split('\n')
  return rows
    .filter(row => row !== '' && !row.startsWith('#'))
    .map(row => {
      const [verdict = '', stream = '', why = ''] = row.split('\t')
      return { verdict, bytes: unescape(stream), why }
    })
}

function unescape(text: string): Uint8Array {
  const parts = text.split(/(\\x[0-9a-f]{2}|\\[tnr\\])/)
  return Buffer.concat(
    parts.map((part, n) => (n % 2 === 0 ? Buffer.from(part) : Buffer.from([byteOf(part)]))),
  )
}

function byteOf(escape: string): number {
  if (escape[1] === 'x') return parseInt(escape.slice(2), 16)
  return { t: 9, n: 10, r: 13 }[escape[1] ?? ''] ?? 0x5c
}

test('the vectors cover every verdict the scanner gives', () => {
  const verdicts = new Set(readVectors().map(({ verdict }) => verdict))
  const expected = ['bad-format', 'bad-namespace-prefix', 'not-well-formed', 'ok', 'restricted-xml']
  assert.deepEqual([...verdicts].sort(), [...expected, 'unsupported-encoding'])
})
