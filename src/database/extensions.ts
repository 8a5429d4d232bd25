/**
 * Extensions that make some reads faster where the server has them and the administrator may create them; everything works
 * without. pg_trgm (of PostgreSQL's own contrib, trusted) finds a text inside a text by index.
 */
export const extensionMigrations: { name: string; up: string }[] = [
  {
    name: 'database-0001-trigrams',
    up: `
do $$ begin
  create extension if not exists pg_trgm with schema public;
exception when feature_not_supported or undefined_file or insufficient_privilege then
  raise notice 'org.search reads every name: pg_trgm is not to be had (%)', sqlerrm;
end $$;`,
  },
];
