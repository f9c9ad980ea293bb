/** Which privacy rule fits: XEP-0016 §2. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import type { PrivacyItem } from '@waxwing/protocol'
import { allows, faultOf, ordered, type Relation, stranger, type Traffic } from './privacy-rules.ts'

const both: Relation = { subscription: 'both', groups: ['Friends'] }
const from: Relation = { subscription: 'from', groups: ['Enemies'] }
const deny = (more: Partial<PrivacyItem> = {}, order = 1): PrivacyItem => ({ action: 'deny', order, ...more })
const allow = (more: Partial<PrivacyItem> = {}, order = 1): PrivacyItem => ({
  action: 'allow',
  order,
  ...more,
})
const jid = (value: string): Partial<PrivacyItem> => ({ type: 'jid', value })

const cases: readonly [
  items: readonly PrivacyItem[],
  traffic: Traffic,
  relation: Relation,
  passes: boolean,
][] = [
  [[], 'message', stranger, true],
  [[deny()], 'message', stranger, false],
  [[deny()], 'other', stranger, false],
  [[deny({ message: true })], 'message', stranger, false],
  [[deny({ message: true })], 'iq', stranger, true],
  [[deny({ message: true })], 'other', stranger, true],
  [[deny({ iq: true, presenceIn: true })], 'presence-in', stranger, false],
  [[deny({ presenceOut: true })], 'presence-out', stranger, false],
  [[deny({ presenceOut: true })], 'presence-in', stranger, true],
  [[deny(jid('Tybalt@Example.com'))], 'message', stranger, false],
  [[deny(jid('tybalt@example.com/street'))], 'message', stranger, false],
  [[deny(jid('tybalt@example.com/home'))], 'message', stranger, true],
  [[deny(jid('example.com'))], 'message', stranger, false],
  [[deny(jid('example.com/street'))], 'message', stranger, false],
  [[deny(jid('example.org'))], 'message', stranger, true],
  [[deny({ type: 'group', value: 'Enemies' })], 'message', from, false],
  [[deny({ type: 'group', value: 'Enemies' })], 'message', both, true],
  [[deny({ type: 'subscription', value: 'none' })], 'message', stranger, false],
  [[deny({ type: 'subscription', value: 'from' })], 'message', both, true],
  [[deny({}, 15), allow({ type: 'subscription', value: 'both' }, 10)], 'message', both, true],
  [[deny({}, 15), allow({ type: 'subscription', value: 'both' }, 10)], 'message', stranger, false],
  [[deny({}, 5), allow({ type: 'subscription', value: 'both' }, 10)], 'message', both, false],
]
for (const [items, traffic, relation, passes] of cases)
  test(`${JSON.stringify(items)} ${passes ? 'lets' : 'keeps'} ${traffic} of ${relation.subscription} ${passes ? 'pass' : 'out'} (XEP-0016 §2.1, §2.2)`, () =>
    assert.equal(allows(ordered(items), parseJid('tybalt@example.com/street'), traffic, relation), passes))

const faults: readonly [items: readonly PrivacyItem[], fault: string | undefined][] = [
  [[deny({}, 1), allow({}, 2)], undefined],
  [[deny({}, 1), allow({}, 1)], 'bad-request'],
  [[deny(jid('@'))], 'bad-request'],
  [[deny({ type: 'jid' })], 'bad-request'],
  [[deny({ value: 'x' })], 'bad-request'],
  [[deny({ type: 'subscription', value: 'some' })], 'bad-request'],
  [[deny({ type: 'group', value: 'Friends' })], undefined],
  [[deny({ type: 'group', value: 'Nobody' })], 'item-not-found'],
]
for (const [items, fault] of faults)
  test(`${JSON.stringify(items)} is ${fault ?? 'a list'} (XEP-0016 §2.1)`, () =>
    assert.equal(faultOf(items, new Set(['Friends'])), fault))
