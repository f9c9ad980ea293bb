// Who most tests on the wire are about: two accounts of one host.
import type { Peer, Scene } from '@waxwing/testkit'

export const romeoJid = 'romeo@montague.example'
export const julietJid = 'juliet@montague.example'

export interface Pair {
  readonly romeo: Peer
  readonly juliet: Peer
}

/** Both online and strangers to each other. */
export async function pair(host: Scene): Promise<Pair> {
  return {
    romeo: await host.online(`${romeoJid}/orchard`),
    juliet: await host.online(`${julietJid}/balcony`),
  }
}
