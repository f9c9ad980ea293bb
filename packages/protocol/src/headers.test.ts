// Headers and time periods: XEP-0131, XEP-0149.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers, headerOf, timePeriodIn } from './index.ts'

const start = '2006-08-26T12:00:00Z'
const stop = '2006-08-26T15:00:00Z'
const of = (...pairs: readonly (readonly [string, string])[]): Headers => ({
  headers: pairs.map(([name, value]) => ({ name, value })),
})

test('the first header of a name counts (XEP-0131 §4)', () => {
  assert.equal(headerOf(of(['Keywords', 'a'], ['Keywords', 'b']), 'Keywords'), 'a')
  assert.equal(headerOf(of(), 'Keywords'), undefined)
})

const periods: readonly [headers: Headers, start: string | undefined, stop: string | undefined][] = [
  [of(['Start', start], ['Stop', stop]), start, stop],
  [of(['Start', start]), start, undefined],
  [of(['Stop', stop]), undefined, stop],
  [of(['Start', stop], ['Stop', start]), undefined, undefined],
  [of(['Start', 'noon'], ['Stop', stop]), undefined, stop],
]
for (const [headers, from, to] of periods)
  test(`${JSON.stringify(headers.headers)} tell of ${from ?? '-'} to ${to ?? '-'} (XEP-0149 §3)`, () => {
    const found = timePeriodIn(headers)
    assert.equal(found.start?.getTime(), from && Date.parse(from))
    assert.equal(found.stop?.getTime(), to && Date.parse(to))
  })
