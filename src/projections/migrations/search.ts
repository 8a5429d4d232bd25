/** What org.search looks into at length: table and column. The few units are read whole. */
const searched: [table: string, column: string][] = [
  ['position_version', 'title'],
  ['position_version', 'source_id'],
  ['actor_version', 'external_uid'],
  ['actor_personal', 'name'],
];

/** Indexes that find a text inside a text, for a schema of the read model; none where the server has no pg_trgm. */
export const searchIndexSql = (schema: string): string => `
do $$ declare ext text; begin
  select n.nspname into ext from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
  if ext is not null then
${searched
  .map(
    ([table, column]) =>
      `    execute format('create index if not exists ${table}_${column}_trigrams on ${schema}.${table} using gin (lower(${column}) %I.gin_trgm_ops)', ext);`,
  )
  .join('\n')}
  end if;
end $$;`;
