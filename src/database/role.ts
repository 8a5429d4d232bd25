/**
 * The role that every running part of the service works as: it reads the log and appends through one function, and owns the read
 * models. This is its name on the embedded database; on a server that others share each installation has one of its own, since
 * roles belong to the server: who works as one reaches every database of that role.
 */
export const SERVICE_ROLE = 'orgonaut_service';
