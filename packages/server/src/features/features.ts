/** The features a server has unless told otherwise. Adding one is one line here and one folder. */
import type { Feature } from '../kernel/feature.ts'
import { blocking } from './blocking/feature.ts'
import { disco } from './disco/feature.ts'
import { entityTime } from './entity-time/feature.ts'
import { lastActivity } from './last-activity/feature.ts'
import { offline } from './offline/feature.ts'
import { ping } from './ping/feature.ts'
import { presence } from './presence/feature.ts'
import { privateXml } from './private-xml/feature.ts'
import { registration } from './registration/feature.ts'
import { roster } from './roster/feature.ts'
import { session } from './session/feature.ts'
import { vcard } from './vcard/feature.ts'
import { version } from './version/feature.ts'

export const defaultFeatures: readonly Feature[] = [
  blocking,
  disco,
  entityTime,
  lastActivity,
  offline,
  ping,
  presence,
  privateXml,
  registration,
  roster,
  session,
  vcard,
  version,
]
