/** The embedded store: SQLite in a writer thread with group commit. */

export { type SqliteOptions, sqliteStore } from './sqlite-store.ts'
