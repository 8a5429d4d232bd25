/** The role that every running part of the service works as: it reads the log and appends through one function, and owns the read models. */
export const SERVICE_ROLE = 'orgonaut_service';
