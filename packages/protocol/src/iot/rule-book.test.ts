import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid, parseJid } from '@waxwing/jid'
import { parseElement, readWire, type Wire, WireError, writeWire } from '@waxwing/xml'
import {
  RuleChanges,
  RuleExplanation,
  RuleFaults,
  RuleQuestion,
  Rules,
  RulesTrial,
  ThingOwner,
} from './index.ts'

function comesBack<T>(wire: Wire<T>, value: T): void {
  assert.deepEqual(readWire(wire, parseElement(writeWire(wire, value))), value)
}

test('what owners and their server say reads back', () => {
  const boiler = parseBareJid('boiler@example.org')
  comesBack(Rules, { text: 'allow everyone to read everything\n# <&>\n' })
  comesBack(RulesTrial, { text: '' })
  comesBack(RuleChanges, {
    isComplete: false,
    changes: [{ who: 'anybody else', verb: 'read', what: 'other things', isAllowed: true, line: 3 }],
  })
  comesBack(RuleFaults, { faults: [{ line: 1, column: 7, text: 'no' }] })
  comesBack(RuleQuestion, {
    caller: parseJid('ann@example.org/phone'),
    verb: 'control',
    thing: boiler,
    name: 'Level',
    node: 'n1',
    source: 's',
    partition: 'p',
    tokens: ['t1', 't2'],
  })
  comesBack(RuleExplanation, {
    isAllowed: true,
    why: 'so',
    line: 1,
    rule: 'allow …',
    others: [{ line: 2, rule: 'deny …', why: 'not so' }],
  })
  comesBack(ThingOwner, { jid: boiler })
  comesBack(ThingOwner, { jid: undefined })
})

const refused: readonly [what: string, text: string][] = [
  ['no caller', "verb='read' thing='a@b'"],
  ['another verb', "caller='a@b' verb='eat' thing='a@b'"],
  ['a thing with a resource', "caller='a@b' verb='read' thing='a@b/c'"],
  ['a name that is too long', `caller='a@b' verb='read' thing='a@b' name='${'x'.repeat(1025)}'`],
]
for (const [what, attributes] of refused)
  test(`a question with ${what} is refused`, () => {
    const element = parseElement(`<explain xmlns='urn:waxwing:rules:0' ${attributes}/>`)
    assert.throws(() => readWire(RuleQuestion, element), WireError)
  })
