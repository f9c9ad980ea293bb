import type { Transport } from '@waxwing/stream'

/** Where a stanza is written to: bytes and text, gathered and sent once per turn. */
export type Outlet = Pick<Transport, 'sendBytes' | 'sendText'>
