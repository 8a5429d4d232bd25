import { OPEN_END } from './schema.ts';
import type { Sql } from './sql.ts';
import { storableJson } from './storable.ts';

export type Fields = Record<string, unknown>;
/** Tables whose rows are versions of a thing: one is open at a time. */
export type Versioned = 'scenario_version' | 'proposal_version' | 'tenant_settings';
/** Tables to which rows are only added. */
export type Added = 'import_applied' | 'snapshot_named' | 'branch_pin';

/** The rows of scenarios, proposals, settings, pins and the like, of one tenant: what events do to them, and nothing about events. */
export interface Ledger {
  /** The open row of a thing, by the names of its columns. */
  open(table: Versioned, id: string): Promise<Fields | undefined>;
  /** Begins a row at its `from_position`; the open row of the same thing, if any, ends there. */
  begin(table: Versioned, id: string, row: Fields): Promise<void>;
  add(table: Added, row: Fields): Promise<void>;
  /** The baseline positions that branches rest on, each from an event position on, in order. */
  pins(branches: readonly number[]): Promise<{ branch: number; from: number; baseline: number }[]>;
  /** Writes what is held back. Nothing is, unless it is a ledger in memory. */
  flush(): Promise<void>;
}

const insert = async (sql: Sql, table: string, rows: readonly Fields[]): Promise<void> => {
  // Rows with the same columns are one statement; a column that is not given keeps its default.
  const alike = Map.groupBy(rows, (row) => Object.keys(row).join(', '));
  for (const [names, some] of alike)
    await sql.query(`insert into ${table} (${names}) select ${names} from json_populate_recordset(null::${table}, $1::json)`, [
      JSON.stringify(storableJson(some)),
    ]);
};

/** Settings are one thing a tenant; everything else is found by its id. */
const byId = (table: Versioned): string => (table === 'tenant_settings' ? '$2::text is not null' : 'id = $2::uuid');

const openRow = async (sql: Sql, tenant: number, table: Versioned, id: string): Promise<Fields | undefined> =>
  (
    await sql.query<{ row: Fields }>(
      `select to_json(v) as row from ${table} v where tenant = $1 and ${byId(table)} and to_position = ${OPEN_END}`,
      [tenant, id],
    )
  )[0]?.row;

const readPins = async (sql: Sql, tenant: number, branches: readonly number[]) => {
  if (branches.length === 0) return [];
  const rows = await sql.query<{ branch: string; from_position: string; baseline_position: string }>(
    'select branch, from_position, baseline_position from branch_pin where tenant = $1 and branch = any($2::bigint[]) order by from_position',
    [tenant, branches],
  );
  return rows.map((r) => ({ branch: Number(r.branch), from: Number(r.from_position), baseline: Number(r.baseline_position) }));
};

/** Writes each row as it comes. */
export const ledgerOn = (sql: Sql, tenant: number): Ledger => ({
  open: (table, id) => openRow(sql, tenant, table, id),
  begin: async (table, id, row) => {
    const names = Object.keys({ ...row, to_position: OPEN_END }).join(', ');
    // One statement: the ended row and the new one have different keys, so neither sees the other.
    await sql.query(
      `with ended as (update ${table} set to_position = $3 where tenant = $1 and ${byId(table)} and to_position = ${OPEN_END})
       insert into ${table} (${names}) select ${names} from json_populate_record(null::${table}, $4::json)`,
      [tenant, id, row.from_position, JSON.stringify(storableJson({ ...row, to_position: OPEN_END }))],
    );
  },
  add: (table, row) => insert(sql, table, [row]),
  pins: (branches) => readPins(sql, tenant, branches),
  flush: async () => {},
});

interface Open {
  row: Fields;
  stored: boolean;
}

/** Open rows remembered at most; what is forgotten is read again. */
const MOST = 100_000;

/** What a ledger in memory keeps between transactions: the open rows it has met, and the pins it has made. */
export interface LedgerMemory {
  open: Map<string, Open>;
  /** Those of them that are not written yet. */
  fresh: Set<string>;
  pins: Map<number, { branch: number; from: number; baseline: number }[]>;
  /** Nothing of the tenant stands in the tables that is not kept here. */
  whole: boolean;
}

export const ledgerMemory = (whole: boolean): LedgerMemory => ({ open: new Map(), fresh: new Set(), pins: new Map(), whole });

/** Keeps rows back until `flush`: one that begins and ends in between is written once, ended. */
export const ledgerIn = (memory: LedgerMemory, sql: Sql, tenant: number): Ledger => {
  const rows = new Map<string, Fields[]>();
  const ended: { table: Versioned; id: string; from: unknown; to: unknown }[] = [];
  const add = (table: string, row: Fields): void => {
    const list = rows.get(table);
    if (list) list.push(row);
    else rows.set(table, [row]);
  };
  const open = async (table: Versioned, id: string): Promise<Open | undefined> => {
    const known = memory.open.get(`${table}/${id}`);
    if (known || memory.whole) return known;
    const row = await openRow(sql, tenant, table, id);
    const found = row && { row, stored: true };
    if (found) memory.open.set(`${table}/${id}`, found);
    return found;
  };
  return {
    open: async (table, id) => (await open(table, id))?.row,
    begin: async (table, id, row) => {
      const old = await open(table, id);
      if (old?.stored) ended.push({ table, id, from: old.row.from_position, to: row.from_position });
      else if (old) add(table, { ...old.row, to_position: row.from_position });
      memory.open.set(`${table}/${id}`, { row: { ...row, to_position: OPEN_END }, stored: false });
      memory.fresh.add(`${table}/${id}`);
    },
    add: async (table, row) => {
      add(table, row);
      if (table !== 'branch_pin') return;
      const pin = { branch: Number(row.branch), from: Number(row.from_position), baseline: Number(row.baseline_position) };
      memory.pins.set(pin.branch, [...(memory.pins.get(pin.branch) ?? (await readPinsOf(pin.branch))), pin]);
    },
    pins: async (branches) => {
      for (const branch of branches) if (!memory.pins.has(branch)) memory.pins.set(branch, await readPinsOf(branch));
      return branches.flatMap((branch) => memory.pins.get(branch) ?? []);
    },
    flush: async () => {
      for (const [table, list] of Map.groupBy(ended, (e) => e.table))
        await sql.query(
          `update ${table} v set to_position = e."to" from json_to_recordset($2::json) as e(id text, "from" bigint, "to" bigint)
           where v.tenant = $1 and v.from_position = e."from" ${table === 'tenant_settings' ? '' : 'and v.id = e.id::uuid'}`,
          [tenant, JSON.stringify(list)],
        );
      for (const name of memory.fresh) {
        const held = memory.open.get(name) as Open;
        add(name.slice(0, name.indexOf('/')), held.row);
        held.stored = true;
      }
      memory.fresh.clear();
      for (const [table, list] of rows) await insert(sql, table, list);
      rows.clear();
      ended.length = 0;
      if (memory.open.size > MOST) Object.assign(memory, ledgerMemory(false));
    },
  };

  async function readPinsOf(branch: number) {
    return memory.whole ? [] : readPins(sql, tenant, [branch]);
  }
};
