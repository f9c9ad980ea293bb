import assert from 'node:assert/strict'
import { describe as group, test } from 'node:test'
import { bufferBytes } from './bytes.ts'
import { eventsOf } from './recorder.test.ts'
import type { Slice } from './slice.ts'
import { StanzaSlicer } from './slicer.ts'

const header =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:x='urn:x'>"

/** The one element of a stream with this content. */
function sliceOf(content: string, before: string = header): Slice {
  const slices: Slice[] = []
  const fail = (error: Error): never => {
    throw error
  }
  const sink = {
    opened: () => {},
    sliced: (slice: Slice) => void slices.push(slice),
    closed: () => {},
    failed: fail,
  }
  new StanzaSlicer({ sink, bytes: bufferBytes(Buffer) }).feed(Buffer.from(before + content))
  const [slice] = slices
  assert.ok(slice)
  return slice
}

const text = (slice: Slice, start: number, end: number): string =>
  Buffer.from(slice.bytes.subarray(start, end)).toString()

group('positions', () => {
  test('of the element, its name, its content and the attributes for routing', () => {
    const slice = sliceOf(
      "<message to='a@b/c' type=\"chat\" id = '7' from='x@y'><body>hi</body></message><presence/>",
    )
    assert.equal(text(slice, slice.start, slice.nameEnd), '<message')
    assert.equal(text(slice, slice.contentStart, slice.contentEnd), '<body>hi</body>')
    assert.equal(text(slice, slice.contentEnd, slice.end), '</message>')
    assert.equal(text(slice, slice.toStart, slice.toEnd), 'a@b/c')
    assert.equal(text(slice, slice.typeStart, slice.typeEnd), 'chat')
    assert.equal(text(slice, slice.idStart, slice.idEnd), '7')
    assert.equal(text(slice, slice.fromStart, slice.fromEnd), 'x@y')
  })

  test('absent attributes are -1; an attribute of the element before does not shine through', () => {
    const slice = sliceOf('<presence/>')
    assert.deepEqual(
      [slice.toStart, slice.toEnd, slice.idStart, slice.fromEnd, slice.typeStart],
      [-1, -1, -1, -1, -1],
    )
    const told: (string | undefined)[] = []
    const sink = {
      opened: () => {},
      sliced: (slice: Slice) => void told.push(slice.attr('to'), slice.attr('xml:lang'), slice.headName),
      closed: () => {},
      failed: () => {},
    }
    new StanzaSlicer({ sink }).feed(Buffer.from(`${header}<a to='1' xml:lang='de'><h/></a><b/>`))
    assert.deepEqual(told, ['1', 'de', 'h', undefined, undefined, undefined])
  })

  test('a self-closing element has no content', () => {
    const slice = sliceOf("<iq id='1'/>")
    assert.deepEqual([slice.contentStart, slice.contentEnd, slice.selfClosing], [slice.end, slice.end, true])
    assert.equal(sliceOf('<iq></iq>').selfClosing, false)
  })
})

group('attributes', () => {
  test('are decoded: references, white space, UTF-8', () => {
    const slice = sliceOf(
      "<a to='r&#246;&amp;m' from='ö' id='a\tb\r\nc' type='&#x9;' xml:lang='d&#101;' other='1&lt;2'/>",
    )
    assert.equal(slice.attr('to'), 'rö&m')
    assert.equal(slice.attr('from'), 'ö')
    assert.equal(slice.attr('id'), 'a b c')
    assert.equal(slice.attr('type'), '\t')
    assert.equal(slice.attr('xml:lang'), 'de')
    assert.equal(slice.attr('other'), '1<2')
    assert.deepEqual(
      [slice.toIsPlain, slice.fromIsPlain, slice.idIsPlain, slice.typeIsPlain],
      [false, false, false, false],
    )
  })

  test('plain ones are told from others', () => {
    const slice = sliceOf("<a to='a@b/>' from='' id=\"'\" type='x y'/>")
    assert.deepEqual(
      [slice.toIsPlain, slice.fromIsPlain, slice.idIsPlain, slice.typeIsPlain],
      [true, true, true, true],
    )
    assert.equal(slice.attr('from'), '')
  })

  test('with a prefix are not taken for those without', () => {
    const slice = sliceOf("<a x:to='1' x:id='2' xml:id='3' x:lang='4'/>")
    assert.deepEqual(
      [slice.attr('to'), slice.attr('id'), slice.attr('xml:lang'), slice.attr('lang')],
      [undefined, undefined, undefined, undefined],
    )
  })

  test('names nearly the same are others', () => {
    const long = `t${'x'.repeat(256)}o`
    const slice = sliceOf(`<a ${long}='1' fxxm='2' tyye='3' ad='4'/>`)
    assert.deepEqual(
      [slice.attr('to'), slice.attr('from'), slice.attr('type'), slice.attr('id')],
      [undefined, undefined, undefined, undefined],
    )
    assert.equal(slice.attr(long), '1')
  })

  test('other ones are told of', () => {
    assert.equal(
      sliceOf("<a to='1' from='2' id='3' type='4' xml:lang='5' xmlns='urn:a' xmlns:p='urn:p'/>")
        .onlyRoutingAttributes,
      true,
    )
    assert.equal(sliceOf("<a other='1'/>").onlyRoutingAttributes, false)
    assert.equal(sliceOf("<a xml:space='default'/>").onlyRoutingAttributes, false)
    assert.equal(sliceOf("<a x:to='1'/>").onlyRoutingAttributes, false)
  })
})

interface Travel {
  readonly xml: string
  readonly isDefault: boolean
  readonly isRegular: boolean
  readonly isContentRegular: boolean
  readonly why: string
}

const travels: readonly Travel[] = [
  { xml: '<a/>', isDefault: true, isRegular: true, isContentRegular: true, why: 'nothing special' },
  {
    xml: "<a><b xmlns='urn:b'><c/></b></a>",
    isDefault: true,
    isRegular: true,
    isContentRegular: true,
    why: 'a foreign child',
  },
  {
    xml: "<a><p:b xmlns:p='urn:b'><p:c p:d=''/></p:b></a>",
    isDefault: true,
    isRegular: true,
    isContentRegular: true,
    why: 'a prefix within a child',
  },
  {
    xml: "<a xml:lang='de'><b xml:lang='en'/></a>",
    isDefault: true,
    isRegular: true,
    isContentRegular: true,
    why: 'prefix xml',
  },
  {
    xml: "<a><f xmlns='urn:f'><b xmlns='jabber:client'/></f></a>",
    isDefault: true,
    isRegular: true,
    isContentRegular: true,
    why: 'a stanza forwarded in a child',
  },
  {
    xml: "<a xmlns='jabber:client'/>",
    isDefault: false,
    isRegular: false,
    isContentRegular: true,
    why: 'its own declaration',
  },
  {
    xml: "<a xmlns:p='urn:p'/>",
    isDefault: true,
    isRegular: false,
    isContentRegular: true,
    why: 'a prefix declared, not used',
  },
  {
    xml: "<a xmlns:p='urn:p'><p:b/></a>",
    isDefault: true,
    isRegular: false,
    isContentRegular: false,
    why: 'a prefix declared, used inside',
  },
  {
    xml: "<a xmlns:p='urn:p'><b><c p:d=''/></b></a>",
    isDefault: true,
    isRegular: false,
    isContentRegular: false,
    why: 'the same deep in an attribute',
  },
  {
    xml: "<a xmlns:p='urn:p'><p:b xmlns:p='urn:q'/></a>",
    isDefault: true,
    isRegular: false,
    isContentRegular: true,
    why: 'a prefix declared anew',
  },
  {
    xml: '<a><x:b/></a>',
    isDefault: true,
    isRegular: false,
    isContentRegular: false,
    why: 'a prefix of the stream',
  },
  {
    xml: "<a><b x:c=''/></a>",
    isDefault: true,
    isRegular: false,
    isContentRegular: false,
    why: 'a prefix of the stream in an attribute',
  },
  {
    xml: "<a><x:b xmlns:x='urn:y'/></a>",
    isDefault: true,
    isRegular: true,
    isContentRegular: true,
    why: 'a prefix of the stream declared anew',
  },
  {
    xml: '<x:a><b/></x:a>',
    isDefault: false,
    isRegular: false,
    isContentRegular: true,
    why: 'its own prefix',
  },
  {
    xml: "<a x:b=''/>",
    isDefault: true,
    isRegular: false,
    isContentRegular: true,
    why: 'an attribute with a prefix',
  },
  {
    xml: "<a><b xmlns='jabber:client'/></a>",
    isDefault: true,
    isRegular: false,
    isContentRegular: false,
    why: 'a child that spells out the content namespace',
  },
  {
    xml: "<a><b xmlns='jabber&#58;client'/></a>",
    isDefault: true,
    isRegular: false,
    isContentRegular: false,
    why: 'the same with a reference',
  },
  {
    xml: "<a><p:b xmlns:p='jabber:client'/></a>",
    isDefault: true,
    isRegular: false,
    isContentRegular: false,
    why: 'the same with a prefix',
  },
  {
    xml: "<a><b xmlns='jabber:server'/></a>",
    isDefault: true,
    isRegular: false,
    isContentRegular: false,
    why: 'a child that would be content between servers',
  },
  {
    xml: "<a xmlns='urn:a'><b xmlns='urn:a'/></a>",
    isDefault: false,
    isRegular: false,
    isContentRegular: false,
    why: 'a child that spells out its parent',
  },
]

group('how far the bytes may travel', () => {
  for (const { xml, why, ...expected } of travels) {
    test(`${why}: ${xml}`, () => {
      const { isDefault, isRegular, isContentRegular } = sliceOf(xml)
      assert.deepEqual({ isDefault, isRegular, isContentRegular }, expected)
    })
  }
})

group('names are resolved', () => {
  const cases: readonly (readonly [
    xml: string,
    ns: string,
    name: string,
    headNs?: string,
    headName?: string,
  ])[] = [
    ['<a>text</a>', 'jabber:client', 'a'],
    ['<a> <b/><c/></a>', 'jabber:client', 'a', 'jabber:client', 'b'],
    ["<a xmlns='urn:a'><b/></a>", 'urn:a', 'a', 'urn:a', 'b'],
    ["<x:a><b xmlns='urn:b'/></x:a>", 'urn:x', 'a', 'urn:b', 'b'],
    ["<p:a xmlns:p='urn:p'><p:b/></p:a>", 'urn:p', 'a', 'urn:p', 'b'],
    ["<a xmlns:p='urn:p'><p:b xmlns:p='urn:q'/></a>", 'jabber:client', 'a', 'urn:q', 'b'],
    ['<a><xml:b/></a>', 'jabber:client', 'a', 'http://www.w3.org/XML/1998/namespace', 'b'],
    ['<x:a><x:b/></x:a>', 'urn:x', 'a', 'urn:x', 'b'],
    ["<a><b xmlns=''/></a>", 'jabber:client', 'a', '', 'b'],
    ["<a><ö xmlns='urn:&#xF6;'/></a>", 'jabber:client', 'a', 'urn:ö', 'ö'],
  ]
  for (const [xml, ns, name, headNs, headName] of cases) {
    test(xml, () => {
      const slice = sliceOf(xml)
      assert.deepEqual([slice.ns, slice.name, slice.headNs, slice.headName], [ns, name, headNs, headName])
    })
  }
})

group('events', () => {
  test('text is one piece between two tags, references and sections included; line ends are LF (XML 1.0 §2.11)', () => {
    const slice = sliceOf('<a>x&lt;<![CDATA[&y;\r\n]]>\r\n\rz&#13;<b/><![CDATA[]]></a>')
    const events = [
      ['start', 'jabber:client', 'a'],
      ['text', 'x<&y;\n\n\nz\r'],
      ['start', 'jabber:client', 'b'],
      ['end'],
      ['end'],
    ]
    assert.deepEqual(eventsOf(slice), events)
  })

  test('plain text is told without a tree, whatever needs one is not', () => {
    const rows: readonly [string, string | undefined][] = [
      ['<a>Zm9v</a>', 'Zm9v'],
      ['<a> \u00e9\n</a>', ' \u00e9\n'],
      ['<a></a>', ''],
      ['<a/>', ''],
      ['<a>x<b/></a>', undefined],
      ['<a>1 &lt; 2</a>', '1 < 2'],
      ['<a><![CDATA[x]]></a>', undefined],
      ['<a>x\r\ny</a>', 'x\ny'],
    ]
    for (const [content, text] of rows) assert.equal(sliceOf(content).plainText(), text)
  })

  test('a prefix declared anew is in force inside only (Namespaces in XML 1.0 §6.1)', () => {
    const slice = sliceOf("<x:a><x:a xmlns:x='urn:y'><x:b/></x:a><x:b x:c='1'/></x:a>")
    const names = eventsOf(slice).filter(([kind]) => kind === 'start')
    const expected = [
      ['urn:x', 'a'],
      ['urn:y', 'a'],
      ['urn:y', 'b'],
      ['urn:x', 'b', 'urn:x', 'c', '1'],
    ]
    assert.deepEqual(
      names.map(([, ...name]) => name),
      expected,
    )
  })
})
