import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { PendingRows } from './pending-rows.ts'

type Step =
  | { do: 'put'; entry: string }
  | { do: 'delete'; entry: string }
  | { do: 'clear' }
  | { do: 'next' }
  | { do: 'settle'; failed: boolean }

const entry = fc.constantFrom('a', 'b')
const step: fc.Arbitrary<Step> = fc.oneof(
  entry.map((entry): Step => ({ do: 'put', entry })),
  entry.map((entry): Step => ({ do: 'delete', entry })),
  fc.constant<Step>({ do: 'clear' }),
  fc.constant<Step>({ do: 'next' }),
  fc.constant<Step>({ do: 'next' }),
  fc.boolean().map((failed): Step => ({ do: 'settle', failed })),
)

/** A group's changes, to be applied to the table when it is settled. */
type Change = (table: Map<string, number>) => void

test('what is pending over what is durable is what was asked for, whatever fails', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const pending = new PendingRows()
      const table = new Map<string, number>()
      let groups: { number: number; changes: Change[] }[] = [{ number: 1, changes: [] }]
      let value = 0
      const change = (apply: Change) => groups.at(-1)?.changes.push(apply)
      for (const one of steps) {
        const last = groups.at(-1)?.number ?? 0
        if (one.do === 'put') {
          const cells = ++value
          pending.put('k', one.entry, [cells], last)
          change(rows => rows.set(one.entry, cells))
        } else if (one.do === 'delete') {
          pending.put('k', one.entry, undefined, last)
          change(rows => rows.delete(one.entry))
        } else if (one.do === 'clear') {
          pending.clear('k', last)
          change(rows => rows.clear())
        } else if (one.do === 'next') {
          groups.push({ number: last + 1, changes: [] })
        } else if (groups.length > 1) {
          const [settled, ...rest] = groups
          groups = rest
          if (!one.failed) for (const apply of settled?.changes ?? []) apply(table)
          pending.settled('k', settled?.number ?? 0, one.failed)
        }
        const expected = new Map(table)
        for (const { changes } of groups) for (const apply of changes) apply(expected)
        for (const name of ['a', 'b']) {
          const found = pending.get('k', name)
          assert.equal(found === 'unknown' ? table.get(name) : found?.[0], expected.get(name))
        }
      }
      for (const { number, changes } of groups) {
        for (const apply of changes) apply(table)
        pending.settled('k', number, false)
      }
      assert.ok(pending.isEmpty)
    }),
    { numRuns: 300 },
  )
})
