import assert from 'node:assert/strict'
import { describe as group, test } from 'node:test'
import { defaultLimits, type XmlLimits } from './limits.ts'
import { record, recordCut, recorder, verdictOf } from './recorder.test.ts'

const bytesOf = (text: string): Uint8Array => Buffer.from(text)

interface Case {
  readonly what: string
  readonly limits: Partial<XmlLimits>
  readonly fits: string
  readonly passes: string
}

const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth)
const prefixes = (count: number): string =>
  Array.from({ length: count }, (_, n) => ` xmlns:p${n}='urn:${n}'`).join('')

const cases: readonly Case[] = [
  {
    what: 'size of an element',
    limits: { maxStanzaBytes: 20 },
    fits: '<a>3456789012345</a>',
    passes: '<a>34567890123456</a>',
  },
  {
    what: 'size of an empty element',
    limits: { maxStanzaBytes: 12 },
    fits: "<a x='678'/>",
    passes: "<a x='6789'/>",
  },
  {
    what: 'size, cut within a character',
    limits: { maxStanzaBytes: 12 },
    fits: '<a>3456</a>',
    passes: '<a>45678901€</a>',
  },
  { what: 'depth', limits: { maxDepth: 3 }, fits: nested(3), passes: nested(4) },
  {
    what: 'depth of an empty element',
    limits: { maxDepth: 2 },
    fits: '<a><a/></a>',
    passes: '<a><a><a/></a></a>',
  },
  { what: 'attributes', limits: { maxAttributes: 2 }, fits: "<a b='' c=''/>", passes: "<a b='' c='' d=''/>" },
  {
    what: 'attributes, declarations included',
    limits: { maxAttributes: 1 },
    fits: "<a xmlns=''/>",
    passes: "<a xmlns='' b=''/>",
  },
  { what: 'element name', limits: { maxNameBytes: 5 }, fits: '<abcde/>', passes: '<abcdef/>' },
  {
    what: 'element name in bytes, not characters',
    limits: { maxNameBytes: 5 },
    fits: '<aäö/>',
    passes: '<abäö/>',
  },
  { what: 'attribute name', limits: { maxNameBytes: 5 }, fits: "<a xmlns=''/>", passes: "<a abcdef=''/>" },
  { what: 'name before another fault', limits: { maxNameBytes: 5 }, fits: '<a/>', passes: '<abcdef$/>' },
  {
    what: 'namespace name',
    limits: { maxNameBytes: 9 },
    fits: "<a xmlns='123456789'/>",
    passes: "<a xmlns='1234567890'/>",
  },
  {
    what: 'name of an entity',
    limits: { maxNameBytes: 5 },
    fits: '<a>&quot;</a>',
    passes: '<a>&abcdefg;</a>',
  },
  {
    what: 'attribute value',
    limits: { maxAttributeBytes: 5 },
    fits: "<a b='12345'/>",
    passes: "<a b='123456'/>",
  },
  {
    what: 'attribute value as written',
    limits: { maxAttributeBytes: 5 },
    fits: "<a b='&amp;'/>",
    passes: "<a b='&#065;'/>",
  },
  {
    what: 'value before another fault',
    limits: { maxAttributeBytes: 5 },
    fits: "<a b=''/>",
    passes: "<a b='123456<'/>",
  },
  {
    what: 'value before a broken reference',
    limits: { maxAttributeBytes: 5 },
    fits: "<a b=''/>",
    passes: "<a b='123456&$'/>",
  },
  {
    what: 'prefixes of one tag',
    limits: { maxNamespaces: 2 },
    fits: `<a${prefixes(2)}/>`,
    passes: `<a${prefixes(3)}/>`,
  },
  {
    what: 'prefixes in scope',
    limits: { maxNamespaces: 2 },
    fits: `<a${prefixes(1)}><b${prefixes(1)}/><b${prefixes(1)}/></a>`,
    passes: `<a${prefixes(1)}><b${prefixes(1)}><b${prefixes(1)}/></b></a>`,
  },
]

group('limits: at the limit accepted, beyond it policy-violation (RFC 6120 §13.12, §4.9.3.14)', () => {
  for (const { what, limits, fits, passes } of cases) {
    test(what, () => {
      const fitting = bytesOf(`<s>${fits}`)
      const passing = bytesOf(`<s>${passes}`)
      assert.deepEqual(verdictOf(record([fitting], { limits })), 'open')
      assert.equal(record([fitting], { limits }).length, 2)
      const whole = record([passing], { limits })
      assert.equal(verdictOf(whole), 'policy-violation')
      for (let cut = 1; cut < passing.length; cut++) {
        assert.equal(verdictOf(recordCut(passing, [cut], { limits })), 'policy-violation', `cut at ${cut}`)
      }
      const bytewise = record(
        [...passing].map(byte => Uint8Array.of(byte)),
        { limits },
      )
      assert.equal(verdictOf(bytewise), 'policy-violation')
    })
  }

  test('an unfinished element is refused as soon as it is too long', () => {
    const { slicer, told } = recorder({ limits: { maxStanzaBytes: 1000 } })
    slicer.feed(bytesOf(`<s><a>${'x'.repeat(996)}`))
    assert.equal(verdictOf(told), 'open')
    slicer.feed(bytesOf('x'))
    assert.equal(verdictOf(told), 'policy-violation')
    assert.equal(slicer.pendingBytes, 0)
  })

  test('an unfinished value is refused as soon as it is too long', () => {
    const { slicer, told } = recorder({ limits: { maxAttributeBytes: 10 } })
    slicer.feed(bytesOf("<s><a b='12345678901"))
    assert.equal(verdictOf(told), 'policy-violation')
  })

  test('the stream header is bounded like an element', () => {
    assert.equal(
      verdictOf(record([bytesOf(`<s x='${'y'.repeat(100)}`)], { limits: { maxStanzaBytes: 50 } })),
      'policy-violation',
    )
    assert.equal(
      verdictOf(record([bytesOf("<s a='' b='' c=''>")], { limits: { maxAttributes: 2 } })),
      'policy-violation',
    )
  })

  test('the XML declaration is bounded', () => {
    assert.equal(verdictOf(record([bytesOf(`<?xml ${' '.repeat(300)}`)])), 'policy-violation')
  })

  test('white space between stanzas has no bound', () => {
    assert.equal(
      verdictOf(record([bytesOf('<s>'), bytesOf(' '.repeat(10_000))], { limits: { maxStanzaBytes: 10 } })),
      'open',
    )
  })

  test('a hundred thousand elements in each other are refused', () => {
    const limits = { maxStanzaBytes: 10_000_000 }
    assert.equal(verdictOf(record([bytesOf(`<s>${nested(100_000)}`)], { limits })), 'policy-violation')
  })

  test('if the limit allows it they are accepted, without recursion', () => {
    const limits = { maxStanzaBytes: 10_000_000, maxDepth: 100_000 }
    const { slicer, told } = recorder({ limits })
    slicer.feed(bytesOf(`<s>${nested(100_000)}`))
    assert.equal(told.length, 2)
    assert.match(told[1] ?? '', /^sliced/)
  })

  test('limits may be replaced between elements: small before login, larger afterwards', () => {
    const { slicer, told } = recorder({ limits: { maxStanzaBytes: 10 } })
    slicer.feed(bytesOf('<s><a/>'))
    slicer.limits = { ...defaultLimits, maxStanzaBytes: 1000 }
    slicer.feed(bytesOf(`<b>${'x'.repeat(100)}</b>`))
    slicer.limits = { ...defaultLimits, maxStanzaBytes: 20 }
    assert.equal(verdictOf(told), 'open')
    slicer.feed(bytesOf(`<b>${'x'.repeat(100)}</b>`))
    assert.equal(verdictOf(told), 'policy-violation')
  })

  test('limits lowered below what is held refuse the next byte', () => {
    const { slicer, told } = recorder()
    slicer.feed(bytesOf('<s><a>12345678'))
    slicer.limits = { ...defaultLimits, maxStanzaBytes: 5 }
    slicer.feed(bytesOf('9'))
    assert.equal(verdictOf(told), 'policy-violation')
  })
})
