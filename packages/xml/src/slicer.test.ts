import assert from 'node:assert/strict'
import { describe as group, test } from 'node:test'
import * as fc from 'fast-check'
import { readVectors, record, recordCut, recorder, verdictOf } from './recorder.test.ts'

const bytesOf = (text: string): Uint8Array => Buffer.from(text)
const stream =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
const end = '</stream:stream>'

const samples: readonly string[] = [
  `${stream}<message to='römeo@x' id="a&amp;b" xml:lang='de'><body>Hä&#228;?<![CDATA[ <x>]] ]]>€😀</body></message> <presence/>\n<iq type='get'><q:ping xmlns:q='urn:xmpp:ping' q:a='1' b="2"/></iq>${end}`,
  `\ufeff<?xml version="1.0" encoding='UTF-8' ?> <p:s xmlns:p='urn:p' xml:lang='en'>\r\n<p:a p:b = 'c\td'\n/><ä:ö xmlns:ä='urn:ü'><b xmlns='urn:b'>]]&gt;</b></ä:ö></p:s> `,
  `${stream}<a><b><c><d x='1' y='2' z="3"></d ></c></b>&#x1F600;text</a><a>\xff</a>`,
  `${stream}<message><body xmlns='jabber:client'>x</body></message><iq stream:a='1' other='o'/><!-- no -->`,
]

group('verdicts (RFC 6120 §11)', () => {
  for (const { verdict, bytes, why } of readVectors()) {
    test(`${verdict}: ${why}`, () => {
      const whole = record([bytes])
      assert.equal(verdictOf(whole), verdict, whole.join('\n'))
      assert.deepEqual(record([...bytes].map(byte => Uint8Array.of(byte))), whole, 'byte by byte')
      for (let cut = 1; cut < bytes.length; cut++)
        assert.deepEqual(recordCut(bytes, [cut]), whole, `cut at ${cut}`)
    })
  }
})

group('boundaries of chunks mean nothing (RFC 6120 §4.2)', () => {
  for (const [n, sample] of samples.entries()) {
    const bytes = bytesOf(sample)
    const whole = record([bytes])

    test(`sample ${n}: cut anywhere in two, and byte by byte`, () => {
      for (let cut = 0; cut <= bytes.length; cut++)
        assert.deepEqual(recordCut(bytes, [cut]), whole, `cut at ${cut}`)
      assert.deepEqual(record([...bytes].map(byte => Uint8Array.of(byte))), whole)
    })

    test(`sample ${n}: cut anywhere in three and more`, () => {
      const cuts = fc.array(fc.nat(bytes.length), { minLength: 2, maxLength: 6 })
      fc.assert(
        fc.property(cuts, at => assert.deepEqual(recordCut(bytes, at), whole)),
        { numRuns: 200 },
      )
    })
  }

  test('an element is told of with its last byte, a tag is judged with its last byte', () => {
    const { slicer, told } = recorder()
    slicer.feed(bytesOf(`${stream}<a><b x='1'`))
    assert.equal(told.length, 1)
    slicer.feed(bytesOf('/></a'))
    assert.equal(told.length, 1)
    slicer.feed(bytesOf('>'))
    assert.equal(told.length, 2)
    slicer.feed(bytesOf('<c></d'))
    assert.equal(verdictOf(told), 'not-well-formed')
  })

  test('an element larger than any chunk is collected, and nothing is held afterwards', () => {
    const { slicer, told } = recorder()
    slicer.feed(bytesOf(`${stream}<a>`))
    for (let n = 0; n < 1000; n++) slicer.feed(bytesOf('0123456789'.repeat(10)))
    assert.equal(slicer.pendingBytes, 100_003)
    slicer.feed(bytesOf('</a><b/>'))
    assert.equal(slicer.pendingBytes, 0)
    assert.equal(told.length, 3)
    assert.equal(slicer.hasUnread, false)
  })
})

group('what is told of a stream', () => {
  test('the header with its own namespace, attributes and declarations (RFC 6120 §4.7, §4.8)', () => {
    const header = `<stream:stream from='a@b' to="b" version='1.0' xml:lang='en' x:y='z' xmlns:x='urn:x' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
    const attrs = '[["from","a@b"],["to","b"],["version","1.0"],["xml:lang","en"]]'
    const namespaces = '[["x","urn:x"],["stream","http://etherx.jabber.org/streams"]]'
    const expected = `opened ["http://etherx.jabber.org/streams","stream","stream",${attrs},"jabber:client",${namespaces}]`
    assert.deepEqual(record([bytesOf(header)]), [expected])
  })

  test('a header without prefix is in its default namespace', () => {
    assert.deepEqual(record([bytesOf("<stream xmlns='urn:s'>")]), [
      'opened ["urn:s","stream","",[],"urn:s",[]]',
    ])
  })

  test('opened and closed for a stream that is empty from the start', () => {
    assert.deepEqual(record([bytesOf('<s/>')]), ['opened ["","s","",[],"",[]]', 'closed'])
  })

  test('a failure is told once and the rest is ignored (RFC 6120 §4.9.1.1)', () => {
    const { slicer, told } = recorder()
    slicer.feed(bytesOf(`${stream}<a></b><c/>`))
    slicer.feed(bytesOf('<d/></b></b>'))
    assert.deepEqual(told.slice(1), ['failed not-well-formed: end tag of another element (byte 5)'])
    assert.equal(slicer.pendingBytes, 0)
    assert.equal(slicer.hasUnread, false)
  })

  test('names like __proto__ and constructor are ordinary names', () => {
    const text =
      "<s constructor='1' __proto__='2' xmlns:__proto__='urn:p'><__proto__:constructor to='x' toString='y'/></s>"
    const [opened = '', sliced = ''] = record([bytesOf(text)])
    assert.match(opened, /\[\["constructor","1"\],\["__proto__","2"\]\],"",\[\["__proto__","urn:p"\]\]/)
    assert.match(sliced, /"urn:p","constructor"/)
  })

  test('faults name a place, never content', () => {
    const [, failed = ''] = record([bytesOf('<s><secret password="hunter2" password="hunter2"/></s>')])
    assert.equal(failed, 'failed not-well-formed: attribute given twice (byte 44)')
  })
})

group('frames (RFC 7395 §3.3)', () => {
  const framing = { framing: 'frame' } as const

  test('each chunk is one element, sliced by itself', () => {
    const told = record(
      [bytesOf("<open xmlns='urn:f' to='a'/>"), bytesOf("<message xmlns='jabber:client'><body/></message>")],
      framing,
    )
    assert.equal(told.length, 2)
    assert.match(told[0] ?? '', /"urn:f","open"/)
    assert.match(told[1] ?? '', /"jabber:client","message","jabber:client","body"/)
  })

  const faults: readonly (readonly [string, string])[] = [
    ['', 'an empty frame'],
    ['<a>', 'an unfinished element'],
    ['<a', 'an unfinished tag'],
    ['<a/><b/>', 'two elements'],
    ['<a/>x', 'text behind the element'],
    ['x<a/>', 'text before the element'],
  ]
  for (const [text, what] of faults) {
    test(`${what} is not well-formed`, () => {
      assert.equal(verdictOf(record([bytesOf(text)], framing)), 'not-well-formed')
    })
  }

  test('white space and a declaration around the element are tolerated', () => {
    assert.equal(record([bytesOf("<?xml version='1.0'?>\n<a/>\n"), bytesOf('<b/>')], framing).length, 2)
  })

  test('a prefix does not outlive its frame', () => {
    const told = record([bytesOf("<a xmlns:p='urn:p'/>"), bytesOf('<p:b/>')], framing)
    assert.equal(verdictOf(told), 'bad-namespace-prefix')
  })
})
