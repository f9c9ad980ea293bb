/** A book and a wish, for tests of rules. */
import assert from 'node:assert/strict'
import { parseBareJid, parseJid } from '@waxwing/jid'
import type { Wish } from './decision.ts'
import type { RuleBook, Verb } from './rule.ts'
import { readRules } from './rule-text.ts'

export const limits = { rules: 500, characters: 65_536 }
export const boiler = parseBareJid('boiler@home.example')
export const now = Date.UTC(2026, 10, 21, 12)
export const noTokens = { service: [], device: [], user: [] }

/** The rules of a text without faults. */
export function bookOf(text: string): RuleBook {
  const { book, faults } = readRules(text, limits)
  assert.deepEqual(faults, [])
  return book
}

/** Somebody would like to do something with the boiler, now. */
export function wish(who: string, verb: Verb = 'read', token?: string): Wish {
  const tokens = token === undefined ? noTokens : { ...noTokens, device: [token] }
  return { caller: { jid: parseJid(who), tokens }, verb, thing: boiler, tags: new Map(), now }
}
