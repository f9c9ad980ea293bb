// The namespace generations in which things speak: two families of formats, five namespaces.

/**
 * The generations, oldest first: `sn` of 2013, `xep` (XEP-0323 0.2 and later), `ieee` (IEEE 1451.99), and the
 * two of the Neuro-Foundation, `nf` and `nfi`.
 */
export const generations = ['sn', 'xep', 'ieee', 'nf', 'nfi'] as const
export type Generation = (typeof generations)[number]

/** `long`: spelled-out names, as in XEP-0323. `short`: one and two letters, as in IEEE 1451.99. */
export type Family = 'long' | 'short'

const sensorDataNamespaces: Readonly<Record<Generation, string>> = {
  sn: 'urn:xmpp:sn',
  xep: 'urn:xmpp:iot:sensordata',
  ieee: 'urn:ieee:iot:sd:1.0',
  nf: 'urn:nf:iot:sd:1.0',
  nfi: 'urn:nfi:iot:sd:1.0',
}

const controlNamespaces: Readonly<Record<Generation, string>> = {
  sn: 'urn:xmpp:sn:control',
  xep: 'urn:xmpp:iot:control',
  ieee: 'urn:ieee:iot:ctr:1.0',
  nf: 'urn:nf:iot:ctr:1.0',
  nfi: 'urn:nfi:iot:ctr:1.0',
}

/** The namespace of control, which is also the feature a thing announces (XEP-0325 §4). */
export function controlNs(generation: Generation): string {
  return controlNamespaces[generation]
}

const provisioningNamespaces: Readonly<Record<Generation, string>> = {
  sn: 'urn:xmpp:sn:provisioning',
  xep: 'urn:xmpp:iot:provisioning',
  ieee: 'urn:ieee:iot:prov:d:1.0',
  nf: 'urn:nf:iot:prov:d:1.0',
  nfi: 'urn:nfi:iot:prov:d:1.0',
}

/** The namespace of provisioning between a thing and its server, which is also the feature both announce. */
export function provisioningNs(generation: Generation): string {
  return provisioningNamespaces[generation]
}

/** The generations in which a token has to be proved: all but the first. */
export type ProvenGeneration = Exclude<Generation, 'sn'>

const tokenNamespaces: Readonly<Record<ProvenGeneration, string>> = {
  xep: 'urn:xmpp:iot:provisioning',
  ieee: 'urn:ieee:iot:prov:t:1.0',
  nf: 'urn:nf:iot:prov:t:1.0',
  nfi: 'urn:nfi:iot:prov:t:1.0',
}

/** The namespace of tokens. */
export function tokensNs(generation: ProvenGeneration): string {
  return tokenNamespaces[generation]
}

/** The generations in which a provisioning server asks owners: the short family. */
export const ownerGenerations = ['ieee', 'nf', 'nfi'] as const satisfies readonly Generation[]
export type OwnerGeneration = (typeof ownerGenerations)[number]

/** The namespace of provisioning between owners and their server, which is also the feature of the server. */
export function ownerNs(generation: OwnerGeneration): string {
  return `urn:${generation}:iot:prov:o:1.0`
}

const concentratorNamespaces: Readonly<Record<Generation, string>> = {
  sn: 'urn:xmpp:sn:concentrators',
  xep: 'urn:xmpp:iot:concentrators',
  ieee: 'urn:ieee:iot:concentrator:1.0',
  nf: 'urn:nf:iot:concentrator:1.0',
  nfi: 'urn:nfi:iot:concentrator:1.0',
}

/** The namespace of concentrators, which is also the feature one announces (XEP-0326 §4). */
export function concentratorNs(generation: Generation): string {
  return concentratorNamespaces[generation]
}

const eventsNamespaces: Readonly<Record<EventGeneration, string>> = {
  xep: 'urn:xmpp:iot:events',
  ieee: 'urn:ieee:iot:events:1.0',
  nf: 'urn:nf:iot:events:1.0',
  nfi: 'urn:nfi:iot:events:1.0',
}

/** The generations that have events: all but the first. */
export type EventGeneration = Exclude<Generation, 'sn'>

export function hasEvents(generation: Generation): generation is EventGeneration {
  return generation !== 'sn'
}

/** The namespace of event subscriptions, which is also the feature a thing announces. */
export function eventsNs(generation: EventGeneration): string {
  return eventsNamespaces[generation]
}

/** Which of the two formats a generation uses. */
export function familyOf(generation: Generation): Family {
  return generation === 'sn' || generation === 'xep' ? 'long' : 'short'
}

/** The namespace of sensor data, which is also the feature a thing announces (XEP-0323 §5). */
export function sensorDataNs(generation: Generation): string {
  return sensorDataNamespaces[generation]
}

/** The generation whose sensor data lies in a namespace; `undefined` for any other namespace. */
export function sensorGenerationOf(ns: string): Generation | undefined {
  return generations.find(generation => sensorDataNamespaces[generation] === ns)
}
