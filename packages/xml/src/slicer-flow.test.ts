import assert from 'node:assert/strict'
import { describe as group, test } from 'node:test'
import { type SliceSink, StanzaSlicer } from './slicer.ts'

const bytesOf = (text: string): Uint8Array => Buffer.from(text)

interface Flow {
  readonly slicer: StanzaSlicer
  readonly told: string[]
}

/** Tells names only, and does what `react` says when it tells. */
function flow(
  react: (told: string, slicer: StanzaSlicer) => void,
  framing: 'stream' | 'frame' = 'stream',
): Flow {
  const told: string[] = []
  const tell = (what: string): void => {
    told.push(what)
    react(what, slicer)
  }
  const sink: SliceSink = {
    opened: header => tell(`opened ${header.attrs.get('n') ?? ''}`),
    sliced: slice => tell(slice.name),
    closed: () => tell('closed'),
    failed: error => tell(error.condition),
  }
  const slicer = new StanzaSlicer({ sink, framing })
  return { slicer, told }
}

group('pause and resume', () => {
  test('scanning stops behind the element, and goes on in order', () => {
    const { slicer, told } = flow((what, slicer) => {
      if (what !== 'opened ') slicer.pause()
    })
    slicer.feed(bytesOf('<s><a/><b/>'))
    slicer.feed(bytesOf('<c/><d'))
    slicer.feed(bytesOf('/></s>'))
    assert.deepEqual(told, ['opened ', 'a'])
    assert.equal(slicer.hasUnread, true)
    for (let n = 0; n < 4; n++) slicer.resume()
    assert.deepEqual(told, ['opened ', 'a', 'b', 'c', 'd', 'closed'])
    slicer.resume()
    assert.equal(slicer.hasUnread, false)
  })

  test('a fault behind a pause is told after it', () => {
    const { slicer, told } = flow((what, slicer) => {
      if (what === 'a') slicer.pause()
    })
    slicer.feed(bytesOf('<s><a/></x>'))
    assert.deepEqual(told, ['opened ', 'a'])
    slicer.resume()
    assert.deepEqual(told, ['opened ', 'a', 'not-well-formed'])
  })

  test('pause and resume within one call change nothing', () => {
    const { slicer, told } = flow((_, slicer) => {
      slicer.pause()
      slicer.resume()
    })
    slicer.feed(bytesOf('<s><a/><b/></s>'))
    assert.deepEqual(told, ['opened ', 'a', 'b', 'closed'])
  })

  test('a pause in the middle of an element keeps the element', () => {
    const { slicer, told } = flow(() => {})
    slicer.feed(bytesOf('<s><a>12'))
    slicer.pause()
    slicer.feed(bytesOf('34</a>'))
    assert.deepEqual(told, ['opened '])
    slicer.resume()
    assert.deepEqual(told, ['opened ', 'a'])
  })

  test('bytes fed from within a call come after those already there', () => {
    const { slicer, told } = flow((what, slicer) => {
      if (what === 'a') slicer.feed(bytesOf('<c/>'))
    })
    slicer.feed(bytesOf('<s><a/><b/>'))
    assert.deepEqual(told, ['opened ', 'a', 'b', 'c'])
  })

  test('a sink that throws loses one element and no more', () => {
    const { slicer, told } = flow(what => {
      if (what === 'a') throw new Error('in the sink')
    })
    assert.throws(() => slicer.feed(bytesOf('<s><a/><b/>')), /in the sink/)
    slicer.resume()
    assert.deepEqual(told, ['opened ', 'a', 'b'])
  })

  test('frames wait behind a pause, each by itself', () => {
    const { slicer, told } = flow((what, slicer) => {
      if (what === 'a') slicer.pause()
    }, 'frame')
    for (const frame of ['<a/>', '<b/>', '<c>']) slicer.feed(bytesOf(frame))
    assert.deepEqual(told, ['a'])
    slicer.resume()
    assert.deepEqual(told, ['a', 'b', 'not-well-formed'])
  })
})

group('restart: a new stream after SASL (RFC 6120 §4.3.3, §6.4.6)', () => {
  const first = "<s n='1' xmlns:p='urn:p'><p:a/><auth/>"
  const second = "<?xml version='1.0'?><t n='2'><p:b/>"
  const onAuth = (what: string, slicer: StanzaSlicer): void => {
    if (what === 'auth') slicer.restart()
  }

  test('bytes behind the element belong to the new stream; prefixes of the old one are gone', () => {
    const { slicer, told } = flow(onAuth)
    slicer.feed(bytesOf(first + second))
    assert.deepEqual(told, ['opened 1', 'a', 'auth', 'opened 2', 'bad-namespace-prefix'])
  })

  test('white space behind the element still belongs to the old stream: a declaration may follow', () => {
    for (const chunks of [[`${first}\n${second}`], [first, '\n', ' \n', second]]) {
      const { slicer, told } = flow(onAuth)
      for (const chunk of chunks) slicer.feed(bytesOf(chunk))
      assert.deepEqual(told, ['opened 1', 'a', 'auth', 'opened 2', 'bad-namespace-prefix'])
    }
  })

  test('wherever the bytes are cut', () => {
    const bytes = bytesOf(first + second)
    for (let cut = 0; cut < bytes.length; cut++) {
      const { slicer, told } = flow(onAuth)
      slicer.feed(bytes.subarray(0, cut))
      slicer.feed(bytes.subarray(cut))
      assert.equal(told.length, 5, `cut at ${cut}`)
    }
  })

  test('later, behind a pause', () => {
    const { slicer, told } = flow((what, slicer) => {
      if (what === 'auth') slicer.pause()
    })
    slicer.feed(bytesOf(first + second.slice(0, 9)))
    slicer.feed(bytesOf(second.slice(9)))
    slicer.restart()
    assert.deepEqual(told, ['opened 1', 'a', 'auth'])
    slicer.resume()
    assert.deepEqual(told.slice(3), ['opened 2', 'bad-namespace-prefix'])
  })

  test('later, when the new header has begun to arrive', () => {
    const { slicer, told } = flow(() => {})
    slicer.feed(bytesOf("<s n='1'><auth/><t n"))
    slicer.restart()
    slicer.feed(bytesOf("='2'>"))
    assert.deepEqual(told, ['opened 1', 'auth', 'opened 2'])
  })

  test('after a failure', () => {
    const { slicer, told } = flow(() => {})
    slicer.feed(bytesOf('<s></t>'))
    slicer.restart()
    slicer.feed(bytesOf('<u/>'))
    assert.deepEqual(told, ['opened ', 'not-well-formed', 'opened ', 'closed'])
  })

  test('in frames it changes nothing: every frame stands alone', () => {
    const { slicer, told } = flow((_, slicer) => slicer.restart(), 'frame')
    slicer.feed(bytesOf('<a/>'))
    slicer.feed(bytesOf('<b/>'))
    assert.deepEqual(told, ['a', 'b'])
  })
})

group('discard: nothing sent before TLS survives (RFC 6120 §5.4.3.3)', () => {
  test('the rest of the chunk, what was queued and a pause are gone', () => {
    const { slicer, told } = flow((what, slicer) => {
      if (what === 'starttls') slicer.pause()
    })
    slicer.feed(bytesOf("<s n='1'><starttls/><injected/>"))
    slicer.feed(bytesOf('<injected/>'))
    slicer.discard()
    assert.equal(slicer.hasUnread, false)
    slicer.feed(bytesOf("<?xml version='1.0'?><s n='2'>"))
    assert.deepEqual(told, ['opened 1', 'starttls', 'opened 2'])
  })

  test('from within the call', () => {
    const { slicer, told } = flow((what, slicer) => {
      if (what === 'starttls') slicer.discard()
    })
    slicer.feed(bytesOf("<s n='1'><starttls/><injected/>"))
    slicer.feed(bytesOf("<s n='2'>"))
    assert.deepEqual(told, ['opened 1', 'starttls', 'opened 2'])
  })

  test('an unfinished element is gone', () => {
    const { slicer, told } = flow(() => {})
    slicer.feed(bytesOf('<s><a><b'))
    slicer.discard()
    assert.equal(slicer.pendingBytes, 0)
    slicer.feed(bytesOf('<s/>'))
    assert.deepEqual(told, ['opened ', 'opened ', 'closed'])
  })
})
