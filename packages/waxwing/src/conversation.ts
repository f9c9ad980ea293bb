/** A thing that people can talk to: any chat client is a console. Only contacts and the own account get values. */
import type { Client } from '@waxwing/client'
import { bareOf } from '@waxwing/jid'
import { type FieldReading, read } from '@waxwing/things'
import { shown } from './readings.ts'

const help = 'Say the name of a value, or a part of it, and I tell it; "all" tells everything.'

/** Answers messages until the client is closed. */
export async function converse(client: Client, readSelf: () => AsyncIterable<FieldReading>): Promise<void> {
  for await (const message of client.chat.messages()) {
    const sender = bareOf(message.from)
    // What was said while we were away is old news, and strangers learn nothing.
    if (message.delayedSince || !(sender === client.account || client.roster.get(sender)?.seesUs)) continue
    message.reply(await answer(message.body, readSelf()))
  }
}

async function answer(question: string, readings: AsyncIterable<FieldReading>): Promise<string> {
  const wanted = question.trim().toLowerCase()
  const lines: string[] = []
  const names: string[] = []
  for await (const reading of readings) {
    names.push(reading.name)
    if (wanted === 'all' || reading.name.toLowerCase().includes(wanted))
      lines.push(`${reading.name}: ${shown(reading)}`)
  }
  return lines.length > 0 && wanted !== '' ? lines.join('\n') : `${help}\nI know ${names.join('; ')}.`
}

/** Reads a thing over its own client, as anybody would. */
export async function* currentValues(client: Client, jid: string): AsyncGenerator<FieldReading> {
  const types = ['momentary', 'status', 'computed', 'identity'] as const
  for await (const reading of read(client, jid, { types })) if (reading.kind !== 'error') yield reading
}
