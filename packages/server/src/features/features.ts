/** The features a server has unless told otherwise. Adding one is one line here and one folder. */
import type { Feature } from '../kernel/feature.ts'
import { administration } from './administration/feature.ts'
import { amp } from './amp/feature.ts'
import { announcements } from './announcements/feature.ts'
import { anonymous } from './anonymous/feature.ts'
import { archive } from './archive/feature.ts'
import { avatars } from './avatars/feature.ts'
import { blocking } from './blocking/feature.ts'
import { bookmarks } from './bookmarks/feature.ts'
import { carbons } from './carbons/feature.ts'
import { clientAccess } from './client-access/feature.ts'
import { clientCertificates } from './client-certificates/feature.ts'
import { clientState } from './client-state/feature.ts'
import { commands } from './commands/feature.ts'
import { contactAddresses } from './contact-addresses/feature.ts'
import { disco } from './disco/feature.ts'
import { displayedSync } from './displayed-sync/feature.ts'
import { entityTime } from './entity-time/feature.ts'
import { fast } from './fast/feature.ts'
import { invitations } from './invitations/feature.ts'
import { lastActivity } from './last-activity/feature.ts'
import { lastLogin } from './last-login/feature.ts'
import { messageArchiving } from './message-archiving/feature.ts'
import { oauth } from './oauth/feature.ts'
import { offline } from './offline/feature.ts'
import { pep } from './pep/feature.ts'
import { ping } from './ping/feature.ts'
import { presence } from './presence/feature.ts'
import { privacyLists } from './privacy-lists/feature.ts'
import { privateXml } from './private-xml/feature.ts'
import { provisioning } from './provisioning/feature.ts'
import { push } from './push/feature.ts'
import { registration } from './registration/feature.ts'
import { registry } from './registry/feature.ts'
import { reports } from './reports/feature.ts'
import { roster } from './roster/feature.ts'
import { sasl2 } from './sasl2/feature.ts'
import { serviceAdministration } from './service-commands/feature.ts'
import { serviceLists } from './service-lists/feature.ts'
import { session } from './session/feature.ts'
import { signedRegistration } from './signed-registration/feature.ts'
import { strangers } from './strangers/feature.ts'
import { streamLimits } from './stream-limits/feature.ts'
import { streamManagement } from './stream-management/feature.ts'
import { vcard } from './vcard/feature.ts'
import { version } from './version/feature.ts'

export const defaultFeatures: readonly Feature[] = [
  administration,
  amp,
  announcements,
  anonymous,
  archive,
  avatars,
  blocking,
  bookmarks,
  carbons,
  clientAccess,
  clientCertificates,
  clientState,
  commands,
  contactAddresses,
  disco,
  displayedSync,
  entityTime,
  fast,
  invitations,
  lastActivity,
  lastLogin,
  oauth,
  messageArchiving,
  offline,
  pep,
  ping,
  presence,
  privacyLists,
  privateXml,
  provisioning,
  push,
  registration,
  registry,
  reports,
  roster,
  sasl2,
  serviceAdministration,
  serviceLists,
  session,
  signedRegistration,
  strangers,
  streamLimits,
  streamManagement,
  vcard,
  version,
]
