// Software version (XEP-0092).
import { element, string, textChild, type Wire } from '@waxwing/xml'
import type { Empty } from './streams.ts'

const NS = 'jabber:iq:version'

/** The question. XEP-0092 §2. */
export const VersionQuery: Wire<Empty> = element(NS, 'query', {})

/** The answer. XEP-0092 §2. */
export interface Version {
  readonly name: string
  readonly version: string
  /** The operating system; absent: not told. */
  readonly os?: string | undefined
}
export const Version: Wire<Version> = element(NS, 'query', {
  name: textChild('name', string),
  version: textChild('version', string),
  os: textChild('os', string).maybe(),
})
