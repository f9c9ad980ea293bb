/** The features a server has unless told otherwise. Adding one is one line here and one folder. */
import type { Feature } from '../kernel/feature.ts'
import { administration } from './administration/feature.ts'
import { announcements } from './announcements/feature.ts'
import { archive } from './archive/feature.ts'
import { blocking } from './blocking/feature.ts'
import { carbons } from './carbons/feature.ts'
import { clientState } from './client-state/feature.ts'
import { commands } from './commands/feature.ts'
import { contactAddresses } from './contact-addresses/feature.ts'
import { disco } from './disco/feature.ts'
import { entityTime } from './entity-time/feature.ts'
import { fast } from './fast/feature.ts'
import { invitations } from './invitations/feature.ts'
import { lastActivity } from './last-activity/feature.ts'
import { lastLogin } from './last-login/feature.ts'
import { offline } from './offline/feature.ts'
import { ping } from './ping/feature.ts'
import { presence } from './presence/feature.ts'
import { privateXml } from './private-xml/feature.ts'
import { push } from './push/feature.ts'
import { registration } from './registration/feature.ts'
import { roster } from './roster/feature.ts'
import { serviceAdministration } from './service-commands/feature.ts'
import { serviceLists } from './service-lists/feature.ts'
import { sasl2 } from './sasl2/feature.ts'
import { session } from './session/feature.ts'
import { signedRegistration } from './signed-registration/feature.ts'
import { streamManagement } from './stream-management/feature.ts'
import { vcard } from './vcard/feature.ts'
import { version } from './version/feature.ts'

export const defaultFeatures: readonly Feature[] = [
  administration,
  announcements,
  archive,
  blocking,
  carbons,
  clientState,
  commands,
  contactAddresses,
  disco,
  entityTime,
  fast,
  invitations,
  lastActivity,
  lastLogin,
  offline,
  ping,
  presence,
  privateXml,
  push,
  registration,
  roster,
  sasl2,
  serviceAdministration,
  serviceLists,
  session,
  signedRegistration,
  streamManagement,
  vcard,
  version,
]
